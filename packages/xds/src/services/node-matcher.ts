import { decodeToJson, type JsonValue } from "@chancery/envoy-api";
import type { Node } from "../discovery/node.ts";
import { type StringMatcher, toStringFilter } from "./string-matcher.ts";

/** `envoy.type.matcher.v3.NodeMatcher` as proto3 JSON. */
export interface NodeMatcher {
  readonly node_id?: StringMatcher;
  readonly node_metadatas?: readonly StructMatcher[];
}

interface StructMatcher {
  readonly path?: readonly { readonly key?: string }[];
  readonly value?: ValueMatcher;
}

interface ValueMatcher {
  readonly null_match?: unknown;
  readonly double_match?: {
    readonly exact?: number;
    readonly range?: { readonly start?: number; readonly end?: number };
  };
  readonly string_match?: StringMatcher;
  readonly bool_match?: boolean;
  readonly present_match?: boolean;
  readonly list_match?: { readonly one_of?: ValueMatcher };
  readonly or_match?: { readonly value_matchers?: readonly ValueMatcher[] };
}

type Filter<T> = (value: T) => boolean;

/**
 * Makes a function of a matcher: the id and all the metadata that it names have to match. Throws what
 * {@link toStringFilter} throws.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/type/matcher/v3/node.proto
 */
export function toNodeFilter({ node_id, node_metadatas = [] }: NodeMatcher): Filter<Node> {
  const matchesId = node_id && toStringFilter(node_id);
  const matchesMetadata = node_metadatas.map(toStructFilter);
  return ({ id, metadata }) => {
    if (matchesId?.(id) === false) return false;
    if (matchesMetadata.length === 0) return true;
    const json = decodeToJson("google.protobuf.Struct", metadata);
    return matchesMetadata.every((matches) => matches(json));
  };
}

function toStructFilter({ path = [], value = {} }: StructMatcher): Filter<JsonValue> {
  const matches = toValueFilter(value);
  return (struct) => matches(path.reduce<JsonValue | undefined>((at, { key = "" }) => memberOf(at, key), struct));
}

function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined;
  // Neither a list nor null, so it is an object; readonly lists escape Array.isArray.
  return (value as Readonly<Record<string, JsonValue>>)[key];
}

/** https://www.envoyproxy.io/docs/envoy/latest/api-v3/type/matcher/v3/value.proto */
function toValueFilter(matcher: ValueMatcher): Filter<JsonValue | undefined> {
  const { null_match, double_match, string_match, bool_match, present_match, list_match, or_match } = matcher;
  if (null_match !== undefined) return (value) => value === null;
  if (double_match !== undefined) {
    const { exact, range: { start = 0, end = 0 } = {} } = double_match;
    if (exact !== undefined) return (value) => value === exact;
    return (value) => typeof value === "number" && value >= start && value < end;
  }
  if (string_match !== undefined) {
    const matches = toStringFilter(string_match);
    return (value) => typeof value === "string" && matches(value);
  }
  if (bool_match !== undefined) return (value) => value === bool_match;
  if (present_match !== undefined) return (value) => (value !== undefined) === present_match;
  if (list_match !== undefined) {
    const matches = toValueFilter(list_match.one_of ?? {});
    return (value) => Array.isArray(value) && value.some(matches);
  }
  const filters = (or_match?.value_matchers ?? []).map(toValueFilter);
  return (value) => filters.some((matches) => matches(value));
}
