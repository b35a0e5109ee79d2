import type { Match, PathMatch } from "../model/match.ts";
import type { Item, ItemProblem } from "../model/model.ts";
import { warning } from "./finding.ts";
import { rulesOf } from "./rules.ts";

/** Rules that no request reaches, since those before them take all that they match. */
export function checkShadows(item: Item<"routes">): readonly ItemProblem[] {
  const earlier = new EarlierMatches();
  const rules = rulesOf(item).filter(({ route }) => route.order === "written");
  return rules.flatMap(({ name, rule, path }) => {
    const matches = rule.match ?? everything;
    const before = matches.map((match) => earlier.cover(match));
    for (const match of matches) earlier.add(match, name);
    const [first] = before;
    if (first === undefined || before.includes(undefined)) return [];
    const message = `is never reached: rule "${first}" before it takes all that it matches`;
    const hint = "move it up, or make the other one narrower";
    return [warning(item, { code: "unreachable-rule", path, message, hint })];
  });
}

const everything: readonly Match[] = [{}];

/** The matches of rules so far, by the paths that they are for: of many rules only a few can cover another one. */
class EarlierMatches {
  readonly #byPath = new Map<string, { readonly match: Match; readonly rule: string }[]>();

  add(match: Match, rule: string): void {
    const key = keyOf(match.path);
    const bucket = this.#byPath.get(key);
    if (bucket === undefined) this.#byPath.set(key, [{ match, rule }]);
    else if (bucket.length < maxCompared) bucket.push({ match, rule });
  }

  /** The rule that takes each request that fits; undefined if none does, as far as it was looked. */
  cover(match: Match): string | undefined {
    for (const key of keysOfWider(match.path)) {
      const found = this.#byPath.get(key)?.find((other) => coversMatch(other.match, match));
      if (found !== undefined) return found.rule;
    }
    return undefined;
  }
}

/** So many matches of one path are compared with; beyond that, a rule that is never reached may not be noticed. */
const maxCompared = 100;

function keyOf(path: PathMatch | undefined): string {
  if (path === undefined || path.prefix === "/") return "any";
  if (path.prefix !== undefined) return `prefix ${path.prefix.replace(/\/$/, "")}`;
  return path.exact === undefined ? `regex ${path.regex}` : `exact ${path.exact}`;
}

/** The keys of what may cover a path: that of itself, and those of the prefixes that it begins with. */
function keysOfWider(path: PathMatch | undefined): readonly string[] {
  const text = path?.exact ?? path?.prefix;
  const segments = text?.split("/").slice(1) ?? [];
  const prefixes = segments.map((_, i) => `prefix /${segments.slice(0, i + 1).join("/")}`);
  return ["any", keyOf(path), ...prefixes];
}

/** Whether each request that `narrow` takes is one that `wide` takes. In doubt it is not. */
function coversMatch(wide: Match, narrow: Match): boolean {
  if (wide.fraction !== undefined && wide.fraction < 100) return false;
  return conditions.every((condition) => condition(wide, narrow));
}

type Condition = (wide: Match, narrow: Match) => boolean;

const conditions: readonly Condition[] = [
  ({ path: wide }, { path: narrow }) => {
    if (wide === undefined || (wide.prefix === "/" && wide.exact === undefined)) return true;
    if (narrow === undefined || wide.regex !== undefined || wide.ignoreCase !== narrow.ignoreCase)
      return isSame(wide, narrow);
    if (wide.exact !== undefined) return narrow.exact === wide.exact;
    const prefix = (wide.prefix ?? "").replace(/\/$/, "");
    const path = narrow.exact ?? narrow.prefix;
    return path !== undefined && (path === prefix || path.startsWith(`${prefix}/`));
  },
  ({ methods: wide }, { methods: narrow }) =>
    wide === undefined || (narrow?.every((method) => wide.includes(method)) ?? false),
  ...(["headers", "query", "cookies"] as const).map(
    (part): Condition =>
      ({ [part]: wide = {} }, { [part]: narrow = {} }) =>
        Object.entries(wide).every(([name, text]) => isSame(text, narrow[name])),
  ),
  ({ sourceIp: wide }, { sourceIp: narrow }) => wide === undefined || isSame(wide, narrow),
  ({ grpc: wide }, { grpc: narrow }) => wide === undefined || isSame(wide, narrow),
];

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
