import type { Problem } from "@chancery/xds";
import { RE2JS, RE2JSSyntaxException } from "re2js";

/** A regular expression as Envoy matches it: RE2, which never takes longer than the text is long. */
export interface Regex {
  /** Whether it matches all of the text, as Envoy's matchers demand. */
  matches(text: string): boolean;
  /** Replaces every match; `\1` stands for the first group, `\0` for the match, `\\` for a backslash. */
  replaceAll(text: string, substitution: string): string;
}

/** Says why Envoy refuses a regular expression, and what to write instead; undefined if it takes it. */
export function checkRegex(text: string): Problem | undefined {
  const compiled = compile(text);
  if (compiled instanceof RE2JS) return checkSize(text, compiled);
  const hint = hints.find(({ pattern }) => pattern.test(text))?.hint;
  const message = `RE2 refuses the regular expression "${text}": ${compiled}`;
  return { severity: "error", code: "invalid-regex", path: "", message, ...(hint !== undefined && { hint }) };
}

/** Says why Envoy refuses what a regular expression's matches are replaced by; undefined if it takes it. */
export function checkSubstitution(text: string, substitution: string): string | undefined {
  const stray = /\\(?![\d\\])/.exec(substitution.replace(/\\[\d\\]/g, ""));
  if (stray !== null) return "a backslash must stand before a digit or another backslash";
  const compiled = compile(text);
  const groups = compiled instanceof RE2JS ? compiled.groupCount() : 9;
  const references = Array.from(substitution.matchAll(/\\(\d|\\)/g), ([, what]) => (what === "\\" ? 0 : Number(what)));
  const last = Math.max(0, ...references);
  return last > groups ? `\\${last} stands for a group that the pattern "${text}" does not have` : undefined;
}

/** The `re2.max_program_size.error_level` of Envoy's runtime, unless that says otherwise. */
const maxProgramSize = 100;

/** Envoy's RE2 counts at least two instructions more than this one, and more again for what is not ASCII. */
function checkSize(text: string, compiled: RE2JS): Problem | undefined {
  const size = compiled.programSize() + 2;
  if (size <= maxProgramSize) return undefined;
  return {
    severity: "error",
    code: "large-regex",
    path: "",
    message: `Envoy refuses the regular expression "${text}": its program size of ${size} is over ${maxProgramSize}`,
    hint: "repeat less or split it; Envoy's runtime re2.max_program_size.error_level raises the limit",
  };
}

/** Compiles a regular expression; undefined if RE2 refuses it, for which `checkRegex` has the reason. */
export function toRegex(text: string): Regex | undefined {
  const compiled = compile(text);
  if (!(compiled instanceof RE2JS)) return undefined;
  return {
    matches: (subject) => compiled.matches(subject),
    replaceAll: (subject, substitution) => replaceAll(compiled, subject, substitution),
  };
}

/** Wherever the pattern finds what RE2 lacks, its hint says what to do without. */
const hints: readonly { readonly pattern: RegExp; readonly hint: string }[] = [
  {
    pattern: /\(\?<?[=!]/,
    hint: "RE2 cannot look ahead or behind; write an earlier rule for what must not match, or match a header too",
  },
  { pattern: /\\[1-9]|\(\?P=|\\k</, hint: "RE2 has no back-references; write out what may repeat" },
  { pattern: /\(\?>|[*+?}]\+/, hint: "RE2 never backtracks, so it needs no atomic or possessive groups; leave it out" },
  { pattern: /\\[ZG]/, hint: "Envoy matches from beginning to end anyway; leave the anchor out" },
  { pattern: /\{\d{4,}|,\d{4,}\}/, hint: "RE2 repeats at most 1000 times; use * or +" },
  { pattern: /\(\?\(/, hint: "RE2 has no conditions; write the alternatives out with |" },
  { pattern: /\(\?#/, hint: "RE2 has no comments; leave it out" },
];

/** The compiled expression, or what RE2 says of it. */
function compile(text: string): RE2JS | string {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    return error.message.replace(/^error parsing regexp: /, "");
  }
}

function replaceAll(regex: RE2JS, subject: string, substitution: string): string {
  const matcher = regex.matcher(subject);
  let result = "";
  let from = 0;
  while (matcher.find()) {
    result += subject.slice(from, matcher.start());
    result += substitution.replace(/\\([\d\\])/g, (_, which: string) => {
      return which === "\\" ? "\\" : (matcher.group(Number(which)) ?? "");
    });
    from = matcher.end();
  }
  return result + subject.slice(from);
}
