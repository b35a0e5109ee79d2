import { toRegex } from "../re2.ts";
import type { Verdict } from "./explanation.ts";
import { flagIn, type Json, numberIn, objectIn, textIn } from "./json.ts";

/** One condition: what it asks for, whether it holds, and in words why it does not, or why nobody can tell. */
export interface Check {
  readonly what: string;
  readonly verdict: Verdict;
  readonly why: string;
}

export function check(what: string, verdict: Verdict | boolean, why: string): Check {
  return { what, verdict: typeof verdict === "boolean" ? (verdict ? "yes" : "no") : verdict, why };
}

/** A test of one text. `says` completes "the path …", `denies` completes "the path "/b" …". */
export interface TextTest {
  readonly says: string;
  readonly denies: string;
  test(text: string): Verdict;
}

/** Reads an `envoy.type.matcher.v3.StringMatcher`. */
export function toTextTest(matcher: Json | undefined): TextTest {
  const ignoreCase = flagIn(matcher, "ignore_case") ?? false;
  for (const form of ["exact", "prefix", "suffix", "contains"] as const) {
    if (matcher !== undefined && form in matcher) return plainTest(form, textIn(matcher, form), ignoreCase);
  }
  const regex = objectIn(matcher, "safe_regex");
  if (regex !== undefined) return regexTest(regex);
  return customTest(textIn(objectIn(matcher, "custom"), "name"));
}

type Form = "exact" | "prefix" | "suffix" | "contains";

const forms: Readonly<Record<Form, { says: string; denies: string; test(text: string, part: string): boolean }>> = {
  exact: { says: "is", denies: "is not", test: (text, part) => text === part },
  prefix: { says: "begins with", denies: "does not begin with", test: (text, part) => text.startsWith(part) },
  suffix: { says: "ends with", denies: "does not end with", test: (text, part) => text.endsWith(part) },
  contains: { says: "contains", denies: "does not contain", test: (text, part) => text.includes(part) },
};

export function plainTest(form: Form, part: string, ignoreCase: boolean): TextTest {
  const { says, denies, test } = forms[form];
  const fold = (text: string) => (ignoreCase ? foldCase(text) : text);
  const tail = ` ${quote(part)}${ignoreCase ? ", in upper or lower case" : ""}`;
  return {
    says: says + tail,
    denies: denies + tail,
    test: (text) => (test(fold(text), fold(part)) ? "yes" : "no"),
  };
}

/** Reads an `envoy.type.matcher.v3.RegexMatcher`, which has to match all of the text. */
export function regexTest(matcher: Json): TextTest {
  const pattern = textIn(matcher, "regex");
  const regex = toRegex(pattern);
  const name = `the regular expression ${quote(pattern)}`;
  if (regex === undefined)
    return { says: `matches ${name}`, denies: `meets ${name}, which RE2 refuses`, test: () => "no" };
  return {
    says: `matches ${name}`,
    denies: `does not match ${name}`,
    test: (text) => (regex.matches(text) ? "yes" : "no"),
  };
}

/** Reads an `envoy.type.v3.Int64Range`: from `start` up to, but not including `end`. */
export function rangeTest(range: Json): TextTest {
  const start = numberIn(range, "start") ?? 0;
  const end = numberIn(range, "end") ?? 0;
  return {
    says: `is a number from ${start} up to ${end}, without that`,
    denies: `is no number from ${start} up to ${end}, without that`,
    test: (text) => {
      const number = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN;
      return number >= start && number < end ? "yes" : "no";
    },
  };
}

function customTest(name: string): TextTest {
  return { says: `passes ${quote(name)}`, denies: `is judged by the extension ${quote(name)}`, test: () => "unknown" };
}

/** Lower case as Envoy does it: only the letters of ASCII. */
export function foldCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function quote(text: string): string {
  return `"${text}"`;
}

export function invert(verdict: Verdict): Verdict {
  if (verdict === "unknown") return "unknown";
  return verdict === "yes" ? "no" : "yes";
}
