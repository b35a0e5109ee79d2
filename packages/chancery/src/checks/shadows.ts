import type { Match } from "../model/match.ts";
import type { ItemProblem, Model } from "../model/model.ts";
import type { Rule } from "../model/route.ts";
import { warning } from "./finding.ts";
import { rulesOfRoute } from "./rules.ts";

/** Rules that no request reaches, since one before them takes all that they match. */
export function checkShadows({ routes }: Model): readonly ItemProblem[] {
  return [...routes.values()].flatMap((item) => {
    const rules = rulesOfRoute(item).filter(({ route }) => route.order === "written");
    return rules.flatMap(({ rule, path }, i) => {
      const before = rules.slice(0, i).find((earlier) => covers(earlier.rule, rule));
      if (before === undefined) return [];
      const message = `is never reached: rule "${before.name}" before it takes all that it matches`;
      return [
        warning(item, { code: "unreachable-rule", path, message, hint: "move it up, or make the other one narrower" }),
      ];
    });
  });
}

function covers(wide: Rule, narrow: Rule): boolean {
  const all: readonly Match[] = [{}];
  return (narrow.match ?? all).every((match) => (wide.match ?? all).some((other) => coversMatch(other, match)));
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
