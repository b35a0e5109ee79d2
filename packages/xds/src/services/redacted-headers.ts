import type { JsonValue } from "@chancery/envoy-api";

/** Headers that hold credentials: what logs have of them is not shown. */
export const redactedHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
]);

/** What stands in the place of a credential. */
export const redacted = "[redacted]";

/** The headers without credentials. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, redactedHeaders.has(name.toLowerCase()) ? redacted : value]),
  );
}

/** JSON in which no member with the name of such a header has its value, however deep it is. */
export function hideHeaders(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map(hideHeaders);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      redactedHeaders.has(name.toLowerCase()) ? redacted : hideHeaders(value),
    ]),
  );
}
