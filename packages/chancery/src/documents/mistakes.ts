import type { Document as YamlDocument } from "yaml";
import { quickYaml, yaml } from "../lazy.ts";
import { type Blocks, cutBlocks, parseBlock, readKnown } from "./blocks.ts";
import { findRepeatedInYaml, type RepeatedKey } from "./repeated-key.ts";

/** What is wrong with a text, and where. */
export interface Mistake {
  readonly message: string;
  readonly offset: number;
  /** If it is that a key is there a second time. */
  readonly repeated?: RepeatedKey;
}

/**
 * What is wrong with a document: keys that are there twice, up to the first mistake of another kind. What comes after that
 * follows from it as a rule: a tab makes each line below it a mistake.
 */
export function mistakesOf(document: YamlDocument.Parsed): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const repeated = code === "DUPLICATE_KEY" ? findRepeatedInYaml(document, pos[0]) : undefined;
    mistakes.push({ message: inWords(message), offset: pos[0], ...(repeated && { repeated }) });
    if (code !== "DUPLICATE_KEY") break;
  }
  return mistakes;
}

function inWords(message: string): string {
  return message === "Maximum call stack size exceeded" ? "It is nested too deeply" : message;
}

/**
 * Finds the mistakes of a large text by looking closely only at the blocks that have them, since what says most of mistakes
 * takes a second for a megabyte. Undefined if it takes the whole to say what is wrong.
 */
export function findMistakes(text: string, before: Blocks | undefined): readonly Mistake[] | undefined {
  const read = before === undefined ? parseBlock : readKnown(before);
  const places = new Map<string, number>();
  const mistakes: (readonly Mistake[])[] = [];
  for (const { section, start, end } of cutBlocks(text) ?? []) {
    const block = text.slice(start, end);
    const name = read(block)?.[0];
    const key = `${section} ${name}`;
    const place = start + block.search(/\S/);
    const first = places.get(key);
    if (name === undefined) mistakes.push(mistakesIn(block, { start, hasNext: beginsAlike(block, text, end) }));
    else if (first === undefined) places.set(key, place);
    else mistakes.push([{ message: "", offset: place, repeated: { key: name, first, again: place } }]);
  }
  // What is wrong with a block need not be wrong with the whole: what is in quotes may go on in the next one.
  if (mistakes.length === 0 || isYaml(text)) return undefined;
  return mistakes.some((found) => found.length === 0) ? undefined : mistakes.flat();
}

/** Whether a block is followed by one that is indented as it is. */
function beginsAlike(block: string, text: string, end: number): boolean {
  return indentOf(block) === indentOf(text.slice(end));
}

function indentOf(text: string): string | undefined {
  return /^ *(?=[^\s#])/.exec(text)?.[0];
}

function mistakesIn(block: string, { start, hasNext }: { start: number; hasNext: boolean }): readonly Mistake[] {
  // What is left open is noticed where the next one begins, at the latest.
  const indent = hasNext ? (indentOf(block) ?? "") : "";
  const text = hasNext ? `${block}${indent}-next:\n` : block;
  const end = block.length + indent.length;
  const documents = yaml().parseAllDocuments(text, { prettyErrors: false, merge: true });
  return [...documents].flatMap(mistakesOf).map(({ message, offset, repeated }) => ({
    ...{ message, offset: start + Math.min(offset, end) },
    ...(repeated && { repeated: { ...repeated, first: start + repeated.first, again: start + repeated.again } }),
  }));
}

function isYaml(text: string): boolean {
  const { load, CORE_SCHEMA } = quickYaml();
  try {
    load(text, { schema: CORE_SCHEMA });
    return true;
  } catch {
    return false;
  }
}
