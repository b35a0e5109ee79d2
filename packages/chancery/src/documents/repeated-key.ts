import type { Document as YamlDocument } from "yaml";
import { yaml } from "../lazy.ts";

/** A key that an object has a second time; offsets are those of the keys. */
export interface RepeatedKey {
  readonly key: string;
  readonly first: number;
  readonly again: number;
}

/** Finds the first key that an object of a JSON text has twice: JSON.parse (which made the value) keeps the last of them. */
export function findRepeatedInJson(text: string, value: unknown): RepeatedKey | undefined {
  return countKeysInText(text) === countKeys(value) ? undefined : findInText(text);
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : parts.length;
  for (const part of parts) count += countKeys(part);
  return count;
}

function countKeysInText(text: string): number {
  let count = 0;
  for (let start = text.indexOf('"'); start !== -1; ) {
    const end = endOfString(text, start);
    if (isKey(text, end)) count++;
    start = text.indexOf('"', end);
  }
  return count;
}

/** Behind the quote that ends the string which begins there. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}

function isKey(text: string, end: number): boolean {
  let next = end;
  while (" \t\r\n".includes(text[next] ?? "x")) next++;
  return text[next] === ":";
}

function findInText(text: string): RepeatedKey | undefined {
  const open: Map<string, number>[] = [];
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === "{") open.push(new Map());
    else if (sign === "}") open.pop();
    else if (sign === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) {
        const key = String(JSON.parse(text.slice(at, end)));
        const first = open.at(-1)?.get(key);
        if (first !== undefined) return { key, first, again: at };
        open.at(-1)?.set(key, at);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** The key that stands at an offset of a YAML text, and where its map has it before. */
export function findRepeatedInYaml(document: YamlDocument.Parsed, again: number): RepeatedKey | undefined {
  const { visit, isScalar } = yaml();
  let found: RepeatedKey | undefined;
  visit(document, {
    Map(_, map) {
      const keys = map.items.map(({ key }) => (isScalar(key) ? key : undefined));
      const own = keys.find((key) => key?.range?.[0] === again);
      const first = own && keys.find((key) => key?.value === own.value)?.range?.[0];
      if (own === undefined || first === undefined) return undefined;
      found = { key: String(own.value), first, again };
      return visit.BREAK;
    },
  });
  return found;
}
