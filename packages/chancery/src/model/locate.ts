import type { Problem } from "@chancery/xds";
import { type Document, formatPlace, type LocatedProblem } from "../documents/document.ts";
import { isRecord } from "../is-record.ts";
import { KeyedList } from "../keyed-list.ts";
import type { Found } from "./collect.ts";
import { type Item, type ItemProblem, type Model, placeOf } from "./model.ts";

/** Finds where problems stand in the text of their documents; each text is looked through once. */
export function locate(found: readonly Found[]): LocatedProblem[] {
  const positions = new Map<Document, ReturnType<Document["positions"]>>();
  return found.map(({ problem, document }) => {
    const known = located.get(problem);
    if (known?.document === document) return known.result;
    if ("position" in problem) return problem;
    const find = positions.get(document) ?? document.positions();
    positions.set(document, find);
    const position = find(problem.path);
    const result = { ...problem, origin: document.origin, ...(position && { position }) };
    located.set(problem, { document, result });
    return result;
  });
}

/** A problem that stays is not looked for again. */
const located = new WeakMap<Problem, { readonly document: Document; readonly result: LocatedProblem }>();

/** The same for problems of objects, whose paths begin within them. */
export function locateItems(model: Model, problems: readonly ItemProblem[]): LocatedProblem[] {
  return locate(
    problems.flatMap(({ item, problem }) => {
      const place = placeOf(model, item);
      if (place === undefined) return [];
      const within = isShort(item, place.document) ? problem.path.replace(/^rules\.all\.?/, "") : problem.path;
      const path = within === "" ? place.path : `${place.path}${/^\[/.test(within) ? "" : "."}${within}`;
      return [{ problem: { ...problem, path }, document: place.document }];
    }),
  );
}

/** Whether a route has the fields of its only rule itself, which are those of a rule "all" in the canonical form. */
function isShort({ kind, name }: Item, document: Document): boolean {
  if (kind !== "routes") return false;
  // All of the content is made when it is asked for.
  const content = document.sections === undefined ? document.content : undefined;
  const routes = isRecord(content) ? content.routes : document.sections?.get("routes");
  const route = routes instanceof KeyedList ? routes.get(name) : isRecord(routes) && routes[name];
  return isRecord(route) && !("rules" in route);
}

/** Where an object stands, such as `edge.yaml:12:3 (routes.shop)`. */
export function describePlace(model: Model, item: Item): string | undefined {
  const place = placeOf(model, item);
  if (place === undefined) return undefined;
  const { document, path } = place;
  return `${formatPlace(document.origin, document.positions()(path))} (${path})`;
}
