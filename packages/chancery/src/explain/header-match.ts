import type { RequestHeaders } from "./headers.ts";
import { flagIn, type Json, objectIn, textIn } from "./json.ts";
import {
  type Check,
  check,
  invert,
  plainTest,
  quote,
  rangeTest,
  regexTest,
  type TextTest,
  toTextTest,
} from "./values.ts";

/**
 * Whether an `envoy.config.route.v3.HeaderMatcher` holds. A header that is absent fails whatever is asked of its value,
 * inverted or not, unless it is to count as empty.
 */
export function checkHeader(matcher: Json, headers: RequestHeaders): Check {
  const name = textIn(matcher, "name").toLowerCase();
  const missingIsEmpty = flagIn(matcher, "treat_missing_header_as_empty") ?? false;
  const inverted = flagIn(matcher, "invert_match") ?? false;
  const subject = name.startsWith(":") ? (pseudoNames[name] ?? name) : `header ${name}`;
  const found = headers.values(name);
  const generated = found.length === 0 ? headers.unknown(name) : undefined;
  const values = found.length === 0 && missingIsEmpty ? [""] : found;
  const test = toValueTest(matcher);
  if (test === undefined) {
    const wanted = (flagIn(matcher, "present_match") ?? true) !== inverted;
    const present = values.length > 0 || generated !== undefined;
    const [is, isNot] = ["is present", "is absent"];
    return check(`${subject} ${wanted ? is : isNot}`, present === wanted, `${subject} ${present ? is : isNot}`);
  }
  const what = inverted ? `${subject} ${test.denies}` : `${subject} ${test.says}`;
  if (generated !== undefined) return check(what, "unknown", `${subject} is set by Envoy: ${generated}`);
  if (values.length === 0) return check(what, "no", `${subject} is absent`);
  const verdicts = values.map((value) => test.test(value));
  if (verdicts.includes("unknown")) return check(what, "unknown", `${subject} ${test.denies}`);
  const matched = verdicts.includes("yes") ? "yes" : "no";
  const shown = `${subject} ${values.map(quote).join(", ")}`;
  return check(what, inverted ? invert(matched) : matched, `${shown} ${inverted ? test.says : test.denies}`);
}

const pseudoNames: Readonly<Record<string, string>> = {
  ":method": "method",
  ":path": "path with query",
  ":authority": "host",
  ":scheme": "scheme",
};

/** The test of the value; undefined if only presence counts. The older fields are spelled-out string matchers. */
function toValueTest(matcher: Json): TextTest | undefined {
  const range = objectIn(matcher, "range_match");
  if (range !== undefined) return rangeTest(range);
  const text = objectIn(matcher, "string_match");
  if (text !== undefined) return toTextTest(text);
  const regex = objectIn(matcher, "safe_regex_match");
  if (regex !== undefined) return regexTest(regex);
  for (const form of ["exact", "prefix", "suffix", "contains"] as const) {
    const value = textIn(matcher, `${form}_match`);
    if (value !== "") return plainTest(form, value, false);
  }
  return undefined;
}
