import type { Problem } from "@chancery/xds";
import type { Document, LocatedProblem } from "../documents/document.ts";
import { KeyedList } from "../keyed-list.ts";
import { join } from "./join.ts";
import type { KindKey, ObjectOf } from "./kinds.ts";

/** One object of the model in its canonical form. As long as nothing is changed in it, it is the same object. */
export interface Item<K extends KindKey = KindKey> {
  readonly kind: K;
  readonly name: string;
  readonly value: ObjectOf<K>;
}

/** What one kind has, by name, in the order of the documents. As long as nothing is changed in it, it is the same object. */
export type Items<K extends KindKey> = KeyedList<Item<K>>;

export type ItemsByKind = { readonly [K in KindKey]: Items<K> };

/** Where an object stands. */
export interface Place {
  readonly document: Document;
  /** Such as `routes.shop`. */
  readonly path: string;
}

/**
 * The checked meaning of all documents. What is wrong with an object is among the problems: it is out, or what was good
 * of it last stays, and everything else is as it should be.
 */
export interface Model extends ItemsByKind {
  readonly documents: readonly Document[];
  /** Which of the documents has an object, by key such as `routes/shop`; see `placeOf`. */
  readonly places: KeyedList<{ readonly at: number }>;
  readonly problems: readonly LocatedProblem[];
}

const noItems: ItemsByKind = {
  fleets: KeyedList.from([]),
  gateways: KeyedList.from([]),
  routes: KeyedList.from([]),
  services: KeyedList.from([]),
  certificates: KeyedList.from([]),
  policies: KeyedList.from([]),
  patches: KeyedList.from([]),
};

export const emptyModel: Model = { ...noItems, documents: [], places: KeyedList.from([]), problems: [] };

/** All kinds, in the order of the reference, for those who need no schemas. */
// Its keys are those of its type.
export const kindKeys = Object.keys(noItems) as readonly KindKey[];

/** Where an object stands; undefined if the model does not have it. */
export function placeOf(model: Model, { kind, name }: Pick<Item, "kind" | "name">): Place | undefined {
  const at = model.places.get(keyOf(kind, name))?.at;
  const document = at === undefined ? undefined : model.documents[at];
  return document && { document, path: join(kind, name) };
}

/** What an object is called among all of them, such as `routes/shop`. */
export function keyOf(kind: KindKey, name: string): string {
  return `${kind}/${name}`;
}

/** Something wrong with an object, beyond what its schema says. */
export interface ItemProblem {
  readonly item: Item;
  /** The path begins within the object. */
  readonly problem: Problem;
}
