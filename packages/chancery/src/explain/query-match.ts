import type { RequestHeaders } from "./headers.ts";
import { flagIn, type Json, objectIn, textIn } from "./json.ts";
import { type Check, check, invert, quote, toTextTest } from "./values.ts";

/** Whether an `envoy.config.route.v3.QueryParameterMatcher` holds. Envoy decodes neither names nor values here. */
export function checkQueryParameter(matcher: Json, path: string): Check {
  const name = textIn(matcher, "name");
  const subject = `query parameter ${name}`;
  const value = firstValue(queryOf(path), name);
  const text = objectIn(matcher, "string_match");
  if (text === undefined) {
    const wanted = flagIn(matcher, "present_match") ?? true;
    const is = (present: boolean) => `${subject} is ${present ? "present" : "absent"}`;
    return check(is(wanted), (value !== undefined) === wanted, is(value !== undefined));
  }
  const test = toTextTest(text);
  if (value === undefined) return check(`${subject} ${test.says}`, "no", `${subject} is absent`);
  return check(`${subject} ${test.says}`, test.test(value), `${subject} ${quote(value)} ${test.denies}`);
}

/** Whether an `envoy.config.route.v3.CookieMatcher` holds. An absent cookie meets only what is inverted. */
export function checkCookie(matcher: Json, headers: RequestHeaders): Check {
  const name = textIn(matcher, "name");
  const subject = `cookie ${name}`;
  const test = toTextTest(objectIn(matcher, "string_match"));
  const inverted = flagIn(matcher, "invert_match") ?? false;
  const what = `${subject} ${inverted ? test.denies : test.says}`;
  const value = cookieValue(headers.values("cookie"), name);
  if (value === undefined) return check(what, inverted, `${subject} is absent`);
  const matched = test.test(value);
  const why = `${subject} ${quote(value)} ${inverted ? test.says : test.denies}`;
  return check(what, inverted ? invert(matched) : matched, why);
}

/** What stands behind the question mark; "" without one. */
export function queryOf(path: string): string {
  const start = path.indexOf("?");
  return start < 0 ? "" : path.slice(start + 1);
}

function firstValue(query: string, name: string): string | undefined {
  for (const pair of query === "" ? [] : query.split("&")) {
    const equals = pair.indexOf("=");
    if ((equals < 0 ? pair : pair.slice(0, equals)) === name) return equals < 0 ? "" : pair.slice(equals + 1);
  }
  return undefined;
}

/** The first cookie of a name, without the quotes around its value. */
function cookieValue(headers: readonly string[], name: string): string | undefined {
  for (const pair of headers.flatMap((header) => header.split(";"))) {
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals).trimStart() !== name) continue;
    const value = pair.slice(equals + 1);
    return /^".*"$/.test(value) ? value.slice(1, -1) : value;
  }
  return undefined;
}
