import type { Resource } from "../resource/resource.ts";
import type { ResourceMap } from "../snapshot/resource-set.ts";

/**
 * What to do when a client refuses a response. `hold`: nothing, until the resources change. `rollback`: send what it
 * accepted last, since it may have applied a part. `quarantine`: find the resources that it refuses, by their names in
 * its message or by halving, and serve it all others.
 */
export type NackPolicy = "hold" | "rollback" | "quarantine";

/** What a client is served instead of resources that it refused. Ends when these change. */
export interface Trial {
  /** The resources that the client was to have. */
  readonly of: ResourceMap;
  /** What it is served of them. */
  readonly served: ResourceMap;
  /** What it accepted last; nothing if it never did. */
  readonly good: ResourceMap | undefined;
  /** Refused, one by one. */
  readonly bad: readonly Resource[];
  /** Sent, and not answered yet. */
  readonly testing: readonly Resource[];
  /** Held back until their turn comes. */
  readonly untested: readonly (readonly Resource[])[];
}

/** The resources that an error message names. */
export function namedIn(message: string, resources: readonly Resource[]): readonly Resource[] {
  return resources.filter(({ name }) => name !== "" && hasWord(message, name));
}

/** Serves what was accepted last. */
export function rollBack(of: ResourceMap, good: ResourceMap): Trial {
  return { of, served: good, good, bad: [], testing: [], untested: [] };
}

/** After a refusal: takes out what the message names, or what is alone, else tries one half of the suspects. */
export function narrow(before: Trial, message: string): Trial {
  const { testing, bad, untested } = before;
  const named = namedIn(message, testing);
  if (named.length > 0 || testing.length === 1) {
    const culprits = named.length > 0 ? named : testing;
    return serve({
      ...before,
      bad: [...bad, ...culprits],
      testing: testing.filter((each) => !culprits.includes(each)),
    });
  }
  const half = Math.ceil(testing.length / 2);
  return serve({ ...before, testing: testing.slice(0, half), untested: [testing.slice(half), ...untested] });
}

/** After an ACK: tries the next suspects. Undefined if there is nothing that the client refuses after all. */
export function widen(before: Trial): Trial | undefined {
  const [testing = [], ...untested] = before.untested;
  if (testing.length + untested.length + before.bad.length === 0) return undefined;
  return serve({ ...before, testing, untested });
}

/** The trial of resources that have changed: what was refused and is still the same stays out. */
export function renew({ bad, good }: Trial, of: ResourceMap): Trial | undefined {
  const still = bad.filter((resource) => of.get(resource.name) === resource);
  return still.length === 0 ? undefined : serve({ of, served: of, good, bad: still, testing: [], untested: [] });
}

/** All but what is refused or held back, of which the client is served what it accepted last, if it did. */
function serve(trial: Trial): Trial {
  const { of, good, bad, untested } = trial;
  const out = [...bad, ...untested.flat()];
  return { ...trial, served: of.with(out.map(({ name }) => [name, good?.get(name)])) };
}

/** Whether a text has `word`, and not only as a part of a longer one. */
function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isWordPart(text[at - 1]) && !isWordPart(text[at + word.length])) return true;
  }
  return false;
}

function isWordPart(character: string | undefined): boolean {
  return character !== undefined && /[\w-]/.test(character);
}
