import type { JsonValue } from "@chancery/envoy-api";
import { isRecord } from "../is-record.ts";

/** A message as proto3 JSON, with its fields named as in the proto files. */
export type Json = Readonly<Record<string, JsonValue>>;

export function isObject(value: unknown): value is Json {
  return isRecord(value);
}

/** The message in a field; undefined if it is not set. */
export function objectIn(parent: Json | undefined, key: string): Json | undefined {
  const value = parent?.[key];
  return isObject(value) ? value : undefined;
}

/** The messages in a repeated field. */
export function objectsIn(parent: Json | undefined, key: string): readonly Json[] {
  const value = parent?.[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The text in a field, also the name of an enum's value; "" if it is not set. */
export function textIn(parent: Json | undefined, key: string): string {
  const value = parent?.[key];
  return typeof value === "string" ? value : "";
}

/** The texts in a repeated field. */
export function textsIn(parent: Json | undefined, key: string): readonly string[] {
  const value = parent?.[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The number in a field, which JSON writes as text if it has 64 bits; undefined if it is not set. */
export function numberIn(parent: Json | undefined, key: string): number | undefined {
  const value = parent?.[key];
  if (typeof value === "number") return value;
  return typeof value === "string" && value !== "" ? Number(value) : undefined;
}

/** Whether a field is true; undefined if it is not set. */
export function flagIn(parent: Json | undefined, key: string): boolean | undefined {
  const value = parent?.[key];
  return typeof value === "boolean" ? value : undefined;
}

/** The full name of the message in an `Any`, such as `envoy.extensions.filters.http.router.v3.Router`. */
export function typeIn(any: Json | undefined): string {
  const url = textIn(any, "@type");
  return url.slice(url.lastIndexOf("/") + 1);
}

/** The last part of the name of the message in an `Any`, such as `Router`. */
export function shortTypeIn(any: Json | undefined): string {
  const type = typeIn(any);
  return type.slice(type.lastIndexOf(".") + 1);
}
