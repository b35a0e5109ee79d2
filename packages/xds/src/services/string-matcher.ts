/** `envoy.type.matcher.v3.StringMatcher` as proto3 JSON. */
export interface StringMatcher {
  readonly exact?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly contains?: string;
  readonly safe_regex?: { readonly regex?: string };
  readonly custom?: unknown;
  readonly ignore_case?: boolean;
}

/**
 * Makes a function of a matcher. Throws a SyntaxError for a regular expression that cannot be used, and a RangeError
 * for an extension, of which there are none here.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/type/matcher/v3/string.proto
 */
export function toStringFilter(matcher: StringMatcher): (text: string) => boolean {
  const { exact, prefix, suffix, contains, safe_regex, custom, ignore_case = false } = matcher;
  if (custom !== undefined) throw new RangeError("extensions cannot match here");
  if (safe_regex !== undefined) {
    // All of the text has to match. Case counts for expressions, whatever ignore_case says.
    const expression = new RegExp(`^(?:${safe_regex.regex ?? ""})$`, "su");
    return (text) => expression.test(text);
  }
  const fold = (text: string) => (ignore_case ? text.toLowerCase() : text);
  const wanted = fold(exact ?? prefix ?? suffix ?? contains ?? "");
  if (exact !== undefined) return (text) => fold(text) === wanted;
  if (prefix !== undefined) return (text) => fold(text).startsWith(wanted);
  if (suffix !== undefined) return (text) => fold(text).endsWith(wanted);
  return (text) => fold(text).includes(wanted);
}
