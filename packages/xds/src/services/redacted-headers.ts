import type { JsonValue } from "@chancery/envoy-api";

/** Headers that hold credentials: what logs have of them is not shown. */
export const redactedHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
]);

/** What is shown instead. */
export const redacted = "[redacted]";

/**
 * JSON without the values of such headers, however deep they are. A name that ends in a dot and the name of a header, as
 * OpenTelemetry's attributes do, is the header's too.
 */
export function redactHeaders<T extends JsonValue>(json: T): T;
export function redactHeaders(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map((value) => redactHeaders(value));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, isCredential(name) ? redacted : redactHeaders(value)]),
  );
}

function isCredential(name: string): boolean {
  return redactedHeaders.has(name.slice(name.lastIndexOf(".") + 1).toLowerCase());
}
