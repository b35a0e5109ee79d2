import { KeyedList } from "../keyed-list.ts";
import { yaml } from "../lazy.ts";
import type { Blocks } from "./blocks.ts";
import type { Position } from "./document.ts";
import { locate } from "./locate.ts";

/** Finds the place of a problem's path. */
export type FindPosition = (path: string) => Position | undefined;

/** Finds places in a text that was taken apart, by parsing only the blocks that have them; `whole` finds what is in none. */
export function findInBlocks(blocks: Blocks, whole: () => FindPosition): FindPosition {
  let inWhole: FindPosition | undefined;
  let lines: readonly number[] | undefined;
  return (path) => {
    const offset = path === "" ? blocks.start : offsetOf(path, blocks);
    if (offset === undefined) {
      inWhole ??= whole();
      return inWhole(path);
    }
    lines ??= lineStarts(blocks.text);
    return toPosition(lines, offset);
  };
}

/** Undefined if no block is the one that is meant for sure. */
function offsetOf(path: string, { text, start, sections }: Blocks): number | undefined {
  const [, name = "", object = ""] = /^([\w-]+)(?:\.([\w-]+))?(?=$|[.[])/.exec(path) ?? [];
  const index = sections.indexOf(name);
  const section = sections.get(name);
  if (index === undefined || section === undefined) return undefined;
  const { content, starts, length } = section;
  const from = sections.slice(0, index).reduce((sum, [, before]) => sum + before.length, start);
  if (!(content instanceof KeyedList)) return from + offsetIn(text.slice(from, from + length), content.value, path);
  if (path === name) return from;
  const at = content.indexOf(object);
  if (at === undefined) return undefined;
  const begin = from + (starts[at] ?? 0);
  const block = text.slice(begin, from + (starts[at + 1] ?? length));
  return begin + offsetIn(block, content.get(object), path.slice(name.length + 1));
}

/** Where a path leads within a block. */
function offsetIn(block: string, value: unknown, path: string): number {
  // What was read of a text is the same object as long as the text is the same.
  const known = typeof value === "object" && value !== null ? offsetsBy(value) : new Map<string, number>();
  let offset = known.get(path);
  if (offset === undefined) {
    const [tree] = yaml().parseAllDocuments(block, { prettyErrors: false });
    offset = (tree && locate(tree, path)) ?? 0;
    known.set(path, offset);
  }
  return offset;
}

const offsets = new WeakMap<object, Map<string, number>>();

function offsetsBy(value: object): Map<string, number> {
  const known = offsets.get(value) ?? new Map<string, number>();
  offsets.set(value, known);
  return known;
}

/** The offsets at which lines begin, as YAML and JSON count them. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function toPosition(lines: readonly number[], offset: number): Position {
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lines[low] ?? 0) + 1 };
}
