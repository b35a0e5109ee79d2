import type { Problem } from "@chancery/xds";
import { suggest } from "../cli/suggest.ts";
import { type Document, formatPlace, type LocatedProblem } from "../documents/document.ts";
import { withoutHalves } from "../documents/unusable.ts";
import { join } from "./join.ts";
import { type Kind, kinds } from "./kinds.ts";
import { keyOf } from "./model.ts";
import { objectsOf, sectionsOf } from "./sections.ts";
import { name as nameSchema } from "./values.ts";

/** One object as it was received. */
export interface Entry {
  readonly kind: Kind;
  readonly name: string;
  readonly content: unknown;
  /** Which of the documents has it. */
  readonly at: number;
}

/** What documents hold, and what is wrong with how it stands there. */
export interface Collected {
  readonly documents: readonly Document[];
  /** All objects by key, in the order of the documents; of those that are where they were, only the ones that differ. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Whether all other objects are as last time, but for those that came and went. */
  readonly isPartial: boolean;
  readonly splices: readonly Splice[];
  readonly found: readonly Found[];
}

/** Objects of one kind that stand, one after the other, in the place of others. */
export interface Splice {
  readonly kind: Kind;
  /** The name of the object that they come after. */
  readonly after: string;
  readonly removed: readonly string[];
  readonly added: readonly Entry[];
}

/** A problem, and the document that has it. */
export interface Found {
  /** A problem of the document itself has its position. */
  readonly problem: Problem | LocatedProblem;
  readonly document: Document;
}

/** Takes documents apart. An object that is there twice is the first document's. */
export function collect(documents: readonly Document[], last?: Pick<Collected, "documents" | "found">): Collected {
  return (last && replaceDocuments(documents, last)) ?? collectAll(documents);
}

function collectAll(documents: readonly Document[]): Collected {
  const entries = new Map<string, Entry>();
  const found: Found[] = [];
  for (const [at, document] of documents.entries()) {
    const parts = partsOf(document);
    found.push(...parts.found);
    for (const [key, part] of parts.entries) {
      const first = entries.get(key);
      if (first === undefined) entries.set(key, { ...part, at });
      else found.push({ problem: toDuplicate(part, documents[first.at]), document });
    }
  }
  return { documents, entries, isPartial: false, splices: [], found };
}

/** What mostly happens: documents stand where they stood, and a few of their objects are others. */
function replaceDocuments(
  documents: readonly Document[],
  last: Pick<Collected, "documents" | "found">,
): Collected | undefined {
  // An object that is there twice is the first document's, so that one cannot be looked at alone.
  if (documents.length !== last.documents.length || last.found.some(isDuplicate)) return undefined;
  const entries = new Map<string, Entry>();
  const splices: Splice[] = [];
  for (let at = 0; at < documents.length; at++) {
    // Nothing is made for what is the same: that is thousands of them, with each change.
    if (documents[at] === last.documents[at]) continue;
    const changes = changesAt(at, documents, last);
    if (changes === undefined) return undefined;
    for (const [key, entry] of changes.entries) entries.set(key, entry);
    splices.push(...changes.splices);
  }
  return { documents, entries, isPartial: true, splices, found: last.found };
}

/** How the objects of the document at a place differ from those before. */
function changesAt(
  at: number,
  documents: readonly Document[],
  last: Pick<Collected, "documents" | "found">,
): { readonly entries: readonly (readonly [string, Entry])[]; readonly splices: readonly Splice[] } | undefined {
  const [before, document] = [last.documents[at], documents[at]];
  if (before === undefined || document === undefined || last.found.some((found) => found.document === before)) {
    return undefined;
  }
  const changes = changesOf(before, document);
  const place = (part: Part): Entry => ({ ...part, at });
  return (
    changes && {
      entries: changes.parts.map((part) => [keyOf(part.kind.key, part.name), place(part)]),
      splices: changes.splices.map((splice) => ({ ...splice, added: splice.added.map(place) })),
    }
  );
}

interface DocumentChanges {
  readonly parts: readonly Part[];
  readonly splices: readonly (Omit<Splice, "added"> & { readonly added: readonly Part[] })[];
}

/** How the objects of a document differ from those before; undefined if that has to be seen as a whole. */
function changesOf(before: Document, document: Document): DocumentChanges | undefined {
  if (document.problems !== undefined) return undefined;
  const [was, is] = [sectionsOf(before), sectionsOf(document)];
  const sections = was && is?.changesSince(was);
  if (sections === undefined) return undefined;
  const changes = { parts: [] as Part[], splices: [] as DocumentChanges["splices"][number][] };
  for (const section of sections) {
    const kind = kinds.find(({ key }) => key === section.key);
    const [last, objects] = [objectsOf(section.before), objectsOf(section.value)];
    const difference = last && objects?.differenceSince(last);
    if (kind === undefined || objects === undefined || difference === undefined) return undefined;
    const { start, removed, added, changed } = difference;
    changes.parts.push(...changed.map(({ key, value }) => toPart(document, { kind, name: key, content: value })));
    if (removed.length + added.length === 0) continue;
    const [after] = objects.slice(Math.max(0, start - 1), start);
    if (after === undefined || !added.every(([name]) => nameSchema.safeParse(name).success)) return undefined;
    const names = removed.map(([name]) => name);
    changes.splices.push({
      kind,
      after: after[0],
      removed: names,
      added: added.map(([name, content]) => toPart(document, { kind, name, content })),
    });
  }
  return changes;
}

interface Parts {
  /** With their keys. */
  readonly entries: readonly (readonly [key: string, part: Part])[];
  readonly found: readonly Found[];
}

type Part = Omit<Entry, "at">;

function toPart({ mayHaveHalves }: Document, part: Part): Part {
  return mayHaveHalves === true ? { ...part, content: withoutHalves(part.content) } : part;
}

/** A document that did not change is not taken apart again. */
const known = new WeakMap<Document, Parts>();

function partsOf(document: Document): Parts {
  let parts = known.get(document);
  if (parts === undefined) {
    parts = split(document);
    known.set(document, parts);
  }
  return parts;
}

function split(document: Document): Parts {
  const entries: [string, Part][] = [];
  const found: Found[] = (document.problems ?? []).map((problem) => ({ problem, document }));
  const error = (code: string, path: string, message: string, hint?: string) =>
    found.push({ problem: { severity: "error", code, path, message, ...(hint !== undefined && { hint }) }, document });
  const sections = sectionsOf(document);
  if (sections === undefined) {
    error("wrong-type", "", "a document must be an object", `with ${kinds.map(({ key }) => key).join(", ")}`);
    return { entries, found };
  }
  for (const [key, value] of sections) {
    const kind = kinds.find((candidate) => candidate.key === key);
    const objects = objectsOf(value);
    if (isExtra(key)) {
      // Whatever it has is for aliases elsewhere.
    } else if (kind === undefined) {
      const words = kinds.map((candidate) => candidate.key);
      const meant = suggest(key, words);
      error(
        "unknown-kind",
        key,
        `there is no kind "${key}"`,
        isOfEnvoy(key)
          ? "this is an Envoy's own file: chancery import makes a model of it"
          : meant === undefined
            ? `there are ${words.join(", ")}`
            : `did you mean "${meant}"?`,
      );
    } else if (value === null) {
      // `routes:` with nothing below it.
    } else if (objects === undefined) {
      error("wrong-type", key, `must be an object with a ${kind.singular} under each name`);
    } else {
      for (const [name, content] of objects) {
        const named = nameSchema.safeParse(name);
        if (named.success) entries.push([keyOf(kind.key, name), toPart(document, { kind, name, content })]);
        else {
          const message = `the name "${name}" ${named.error.issues[0]?.message ?? "is not valid"}`;
          error("wrong-name", join(key, name), message);
        }
      }
    }
  }
  return { entries, found };
}

/** Whether a key of a document is one of those that the file of an Envoy begins with. */
function isOfEnvoy(key: string): boolean {
  return ["static_resources", "staticResources", "dynamic_resources", "dynamicResources"].includes(key);
}

/** Whether a key of a document is for what is said once, with an anchor, and used in several places. */
function isExtra(key: string): boolean {
  return key.startsWith("x-");
}

function isDuplicate({ problem }: Found): boolean {
  return problem.code === duplicateName;
}

const duplicateName = "duplicate-name";

function toDuplicate({ kind, name }: Part, first: Document | undefined): Problem {
  const path = join(kind.key, name);
  const place = first && formatPlace(first.origin, first.positions()(path));
  return {
    severity: "error",
    code: duplicateName,
    path,
    message: `${kind.singular} "${name}" is in ${place} already, which keeps it`,
    hint: "give one of them another name",
  };
}
