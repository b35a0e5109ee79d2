import { decodeToJson, encodeJson, type JsonProblem } from "@chancery/envoy-api";
import { isObject, type Json } from "../explain/json.ts";

export type Canonical =
  | { readonly ok: true; readonly json: Json }
  | { readonly ok: false; readonly problems: readonly JsonProblem[] };

/**
 * A message in one spelling: fields by their names in the proto files, those that have their default left out, durations
 * and numbers written one way. Says what Envoy would refuse.
 */
export function toCanonical(type: string, content: unknown): Canonical {
  const encoded = encodeJson(type, content);
  if (!encoded.ok) return encoded;
  const json = decodeToJson(type, encoded.bytes);
  if (!isObject(json)) throw new TypeError(`Cannot read a ${type}: it is no message with fields`);
  return { ok: true, json };
}

/** Makes each object anew, from the inside out. */
export function mapObjects(value: unknown, change: (object: Json, key: string) => Json, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change, key));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([part, content]) => [part, mapObjects(content, change, part)]);
  return change(Object.fromEntries(entries), key);
}
