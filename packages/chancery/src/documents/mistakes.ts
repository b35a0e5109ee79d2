import { quickYaml, yaml } from "../lazy.ts";
import { type Blocks, cutBlocks, parseBlock, readKnown } from "./blocks.ts";

/** What is wrong with a text, and where. */
export interface Mistake {
  readonly message: string;
  readonly offset: number;
}

/**
 * Finds the mistakes of a large text by looking closely only at the blocks that have them, since what says most of mistakes
 * takes a second for a megabyte. Undefined if it takes the whole to say what is wrong.
 */
export function findMistakes(text: string, before: Blocks | undefined): readonly Mistake[] | undefined {
  const read = before === undefined ? parseBlock : readKnown(before);
  const names = new Set<string>();
  const mistakes: (readonly Mistake[])[] = [];
  for (const { section, start, end } of cutBlocks(text) ?? []) {
    const block = text.slice(start, end);
    const name = read(block)?.[0];
    const key = `${section} ${name}`;
    if (name === undefined) mistakes.push(mistakesIn(block, { start, hasNext: beginsAlike(block, text, end) }));
    else if (names.has(key)) mistakes.push([{ message: twice, offset: start + block.search(/\S/) }]);
    names.add(key);
  }
  // What is wrong with a block need not be wrong with the whole: what is in quotes may go on in the next one.
  if (mistakes.length === 0 || isYaml(text)) return undefined;
  return mistakes.some((found) => found.length === 0) ? undefined : mistakes.flat();
}

/** As `yaml` says it. */
const twice = "Map keys must be unique";

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
  return [...documents].flatMap(({ errors, warnings }) =>
    [...errors, ...warnings].map(({ message, pos }) => ({ message, offset: start + Math.min(pos[0], end) })),
  );
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
