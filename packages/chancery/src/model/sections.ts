import type { Document } from "../documents/document.ts";
import { isRecord } from "../is-record.ts";
import { KeyedList } from "../keyed-list.ts";

/** Whether a document holds objects of the model, rather than Envoy's own resources for a node. */
export function isModelDocument(document: Document): boolean {
  const sections = sectionsOf(document);
  return sections !== undefined && !sections.has("node") && !sections.has("resources");
}

/** What a document has under each of its keys; undefined if it is no object. */
export function sectionsOf(document: Document): KeyedList<unknown> | undefined {
  return document.sections ?? objectsOf(document.content);
}

/** What stands there by name; undefined if it is no object. */
export function objectsOf(value: unknown): KeyedList<unknown> | undefined {
  if (value instanceof KeyedList) return value;
  if (!isRecord(value)) return undefined;
  const list = lists.get(value) ?? KeyedList.from(Object.entries(value));
  lists.set(value, list);
  return list;
}

const lists = new WeakMap<object, KeyedList<unknown>>();
