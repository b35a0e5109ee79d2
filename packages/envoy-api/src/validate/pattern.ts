import type { Check } from "./violation.ts";

/** The check that a text matches an RE2 pattern from beginning to end, as Envoy's generated code matches. */
export function patternCheck(pattern: string): Check<string> | undefined {
  const regExp = toRegExp(pattern);
  if (regExp === undefined) return undefined;
  return (value) => (regExp.test(value) ? undefined : { message: `must match ${pattern}` });
}

/**
 * An RE2 pattern (https://github.com/google/re2/wiki/Syntax) as a regular expression for whole texts; undefined when
 * JavaScript cannot say it.
 */
export function toRegExp(pattern: string): RegExp | undefined {
  const [, flags = "", body = ""] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(pattern) ?? [];
  try {
    return new RegExp(`^(?:${translate(body)})$`, `u${flags}`);
  } catch {
    return undefined;
  }
}

const posixClasses: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** What RE2 spells otherwise than JavaScript's Unicode mode, or lets be escaped that JavaScript does not. */
const otherwise = /\\(.)|\[:(\w+):\]|\(\?P</gsu;

function translate(pattern: string): string {
  return pattern.replaceAll(otherwise, (all: string, escaped: string | undefined, posix: string | undefined) => {
    if (posix !== undefined) return posixClasses[posix] ?? all;
    if (escaped === undefined) return "(?<";
    if (escaped === "A") return "^";
    if (escaped === "z") return "$";
    if (/[\w\s]/u.test(escaped) || /[-^$\\.*+?()[\]{}|/]/u.test(escaped)) return all;
    return escaped;
  });
}
