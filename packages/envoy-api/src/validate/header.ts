import type { StringRules } from "../descriptors/rules.ts";
import type { Check } from "./violation.ts";

const wellKnownRegex = { headerName: 1, headerValue: 2 };

/** The check of `well_known_regex`; without `strict`, only what would end a header line is refused. */
export function headerCheck(rules: StringRules): Check<string> | undefined {
  const { wellKnownRegex: regex, strict } = rules;
  if (regex !== wellKnownRegex.headerName && regex !== wellKnownRegex.headerValue) return undefined;
  if (!strict) return check(looseHeader, "must not contain NUL, line feed or carriage return");
  return regex === wellKnownRegex.headerName
    ? check(headerName, `must be an HTTP header name, such as "x-request-id"`)
    : check(headerValue, "must be an HTTP header value: no control characters but tab");
}

// As protoc-gen-validate has them; the range from + to . is its own.
const headerName = /^:?[0-9a-zA-Z!#$%&'*+-.^_|~`]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const headerValue = /^[^\x00-\x08\x0A-\x1F\x7F]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const looseHeader = /^[^\x00\x0A\x0D]*$/;

function check(pattern: RegExp, message: string): Check<string> {
  return (value) => (pattern.test(value) ? undefined : { message });
}
