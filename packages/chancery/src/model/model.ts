import type { Document, LocatedProblem } from "../documents/document.ts";
import type { KindKey, ObjectOf } from "./kinds.ts";

/** One object of the model: what it says, and where that was said. */
export interface Item<K extends KindKey = KindKey> {
  readonly kind: K;
  readonly name: string;
  readonly value: ObjectOf<K>;
  readonly document: Document;
  /** Where it stands in the document, such as `routes.shop`. */
  readonly path: string;
}

/** What one kind has, by name, in the order of the documents. What did not change is the same object as before. */
export type Items<K extends KindKey> = ReadonlyMap<string, Item<K>>;

/**
 * The checked meaning of all documents. Every reference in it leads somewhere, but for those of rules and objects that
 * `problems` lists; those answer with an error of their own, and everything else is served.
 */
export interface Model {
  readonly fleets: Items<"fleets">;
  readonly gateways: Items<"gateways">;
  readonly routes: Items<"routes">;
  readonly services: Items<"services">;
  readonly certificates: Items<"certificates">;
  readonly patches: Items<"patches">;
  readonly problems: readonly LocatedProblem[];
}
