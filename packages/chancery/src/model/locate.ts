import type { Problem } from "@chancery/xds";
import { type Document, formatPlace, type LocatedProblem } from "../documents/document.ts";
import type { Found } from "./collect.ts";
import { type Item, type ItemProblem, type Model, placeOf } from "./model.ts";

/** Finds where problems stand in the text of their documents; each text is looked through once. */
export function locate(found: readonly Found[]): LocatedProblem[] {
  const positions = new Map<Document, ReturnType<Document["positions"]>>();
  return found.map(({ problem, document }) => {
    const known = located.get(problem);
    if (known?.document === document) return known.result;
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
      const path =
        problem.path === "" ? place.path : `${place.path}${/^\[/.test(problem.path) ? "" : "."}${problem.path}`;
      return [{ problem: { ...problem, path }, document: place.document }];
    }),
  );
}

/** Where an object stands, such as `edge.yaml:12:3 (routes.shop)`. */
export function describePlace(model: Model, item: Item): string | undefined {
  const place = placeOf(model, item);
  if (place === undefined) return undefined;
  const { document, path } = place;
  return `${formatPlace(document.origin, document.positions()(path))} (${path})`;
}
