import type { Problem } from "@chancery/xds";
import { z } from "zod";
import { suggest } from "../cli/suggest.ts";
import { whyUnusable } from "../documents/unusable.ts";
import { isRecord } from "../is-record.ts";
import { escapeControls } from "../text-safety.ts";
import { hintMark } from "./hint.ts";
import { join } from "./join.ts";

type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks content against a schema; what is wrong is a problem each, with paths that begin with `path`. */
export function check<S extends z.ZodType>(schema: S, content: unknown, path: string): Result<z.output<S>> {
  const result = schema.safeParse(content, { error: describe });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: flatten(result.error.issues).flatMap((issue) => toProblems(issue, path)) };
}

type Issue = z.core.$ZodIssue;

/** Replaces what says that no member of a union fits by what is wrong with the member that was probably meant. */
function flatten(issues: readonly Issue[]): Issue[] {
  return issues.flatMap((issue) => {
    if (issue.code === "invalid_key" || issue.code === "invalid_element") {
      return flatten(issue.issues).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
    }
    if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
    const members = issue.errors.map((errors) => flatten(errors));
    const [best = []] = members.toSorted((a, b) => distance(a) - distance(b));
    return best.every(isWrongType) && members.every((errors) => errors.every(isWrongType))
      ? [{ ...issue, message: toAlternatives(members.flat()) }]
      : best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  });
}

/** How far content is from a member of a union: another type is furthest, then another value of a word that tells members apart. */
function distance(issues: readonly Issue[]): number {
  const wrongType = issues.some(isWrongType) ? 10_000 : 0;
  const wrongWord = issues.some(({ code, path }) => code === "invalid_value" && path.length <= 1) ? 100 : 0;
  return wrongType + wrongWord + issues.length;
}

function isWrongType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  // What is left of a union when it is flat is that no member is of this type.
  if (issue.code === "invalid_union") return issue.errors.length > 0;
  // A list that has to be of so many items is a type of its own.
  return issue.code === "invalid_type" || issue.code === "invalid_value" || (issue.code === "too_big" && !!issue.exact);
}

function toAlternatives(issues: readonly Issue[]): string {
  const messages = [...new Set(issues.map(({ message }) => message))];
  // What is nearly right is a slip, and no other alternative was meant.
  const slip = messages.find((message) => message.includes(hintMark));
  if (slip !== undefined) return slip;
  if (messages.includes(missing)) return missing;
  const words = messages
    .filter((text) => !text.startsWith("must be at most"))
    .flatMap((text) =>
      text
        .replace(/^must be |^".*" is not /, "")
        .replace(/, not .*$/, "")
        .split(" or "),
    );
  return `must be ${[...new Set(words)].join(" or ")}`;
}

const missing = "is missing";

function toProblems(issue: Issue, base: string): Problem[] {
  const path = issue.path.reduce<string>(join, base);
  const areKeys = issue.code === "unrecognized_keys";
  const texts = areKeys ? issue.message.split("\0") : [issue.message];
  const paths = areKeys ? issue.keys.map((key) => join(path, key)) : [path];
  return paths.map((at, i) => {
    const [message = "", hint] = (texts[i] ?? texts[0] ?? "").split(hintMark);
    return { severity: "error", code: codeOf(issue), path: at, message, ...(hint !== undefined && { hint }) };
  });
}

function codeOf({ code }: Issue): string {
  if (code === "unrecognized_keys") return "unknown-field";
  return code === "invalid_type" || code === "invalid_union" ? "wrong-type" : "wrong-value";
}

/** Says what is wrong in the words of this project. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  return whyUnusable(issue.input) ?? describeIssue(issue);
}

function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = fieldsOf(issue.inst);
      const toText = (key: string) => withHint(`unknown field "${escapeControls(key)}"`, suggest(key, known), known);
      return issue.keys.map(toText).join("\0");
    }
    case "invalid_type":
      if (issue.input === undefined) return missing;
      return `must be ${nouns[issue.expected] ?? issue.expected}, not ${nounOf(issue.input)}`;
    case "invalid_value": {
      const values = issue.values.map((value) => String(value));
      if (issue.input === undefined) return missing;
      return toWrongValue(issue.input, values);
    }
    case "invalid_union": {
      const { discriminator } = issue;
      if (discriminator === undefined) return undefined;
      const word = isRecord(issue.input) ? issue.input[discriminator] : undefined;
      return word === undefined ? missing : toWrongValue(word, (issue.options as readonly unknown[]).map(String));
    }
    case "too_big":
      return `must be ${issue.origin === "string" ? "of at most" : "at most"} ${issue.maximum}${unitOf(issue.origin)}`;
    case "too_small":
      if (issue.minimum === 1 && unitOf(issue.origin) !== "") return "must not be empty";
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    default:
      return undefined;
  }
}

function toWrongValue(value: unknown, values: readonly string[]): string {
  if (typeof value === "object") return `must be ${listing(values)}, not ${nounOf(value)}`;
  const meant = suggest(String(value), values);
  const message = `"${escapeControls(String(value))}" is not ${listing(values)}`;
  return meant === undefined ? message : `${message}${hintMark}did you mean "${meant}"?`;
}

function withHint(message: string, meant: string | undefined, known: readonly string[]): string {
  if (meant !== undefined) return `${message}${hintMark}did you mean "${meant}"?`;
  return known.length === 0 ? message : `${message}${hintMark}there are ${known.join(", ")}`;
}

function fieldsOf(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const nouns: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

function nounOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return nouns[typeof value] ?? typeof value;
}

function unitOf(origin: string): string {
  return origin === "string" ? " characters" : origin === "array" || origin === "set" ? " items" : "";
}

function listing(words: readonly string[]): string {
  if (words.length === 1) return words[0] ?? "";
  return `${words.length === 2 ? "" : "one of "}${words.slice(0, -1).join(", ")} ${words.length === 2 ? "or" : "and"} ${words.at(-1)}`;
}
