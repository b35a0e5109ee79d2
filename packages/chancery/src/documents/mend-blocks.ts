import { KeyedList } from "../keyed-list.ts";
import { type Blocks, type Cut, cutBlocks, parseBlock, readKnown, type Section } from "./blocks.ts";
import { type LineOf, mendObject, type RepeatedPart, toRepeatedObject } from "./mend.ts";

export interface MendedBlocks {
  readonly blocks: Blocks;
  readonly parts: readonly RepeatedPart[];
}

/**
 * What `mendRepeated` says of a text, for a large one: only the blocks are looked into that have a key twice. Undefined if
 * it takes the whole to mend it, as where a section stands twice.
 */
export function mendBlocks(text: string, before: Blocks | undefined, lineOf: LineOf): MendedBlocks | undefined {
  const read = before === undefined ? parseBlock : readKnown(before);
  const cuts = Map.groupBy(cutBlocks(text) ?? [], ({ section }) => section);
  const parts: RepeatedPart[] = [];
  const sections = new Map<string, Section>();
  for (const [start, inside] of cuts) {
    const name = /^[\w-]+(?=:)/.exec(text.slice(start, start + 100))?.[0];
    if (name === undefined || sections.has(name)) return undefined;
    const section = mendSection(inside, name);
    if (section === undefined) return undefined;
    sections.set(name, section);
  }
  const [start] = cuts.keys();
  return start === undefined ? undefined : { blocks: { text, start, sections: KeyedList.from(sections) }, parts };

  function mendSection(inside: readonly Cut[], name: string): Section | undefined {
    const [first] = inside;
    if (first === undefined) return undefined;
    const length = (inside.at(-1)?.end ?? first.end) - first.section;
    if (first.start === first.section) {
      const whole = read(text.slice(first.start, first.end));
      return whole && { length, content: { value: whole[1] }, indent: 0, starts: [] };
    }
    const objects = new Map<string, { readonly content: unknown; readonly start: number; readonly offset: number }>();
    for (const { start, end } of inside) {
      const block = text.slice(start, end);
      const [key, content] = read(block) ?? mendObject(block, (offset) => lineOf(start + offset)) ?? [];
      if (key === undefined) return undefined;
      const offset = start + block.search(/\S/);
      const same = objects.get(key);
      if (same === undefined) objects.set(key, { content, start: start - first.section, offset });
      else parts.push(toRepeatedObject({ path: `${name}.${key}`, key, line: lineOf(same.offset), offset }));
    }
    return {
      length,
      content: KeyedList.from(Array.from(objects, ([key, { content }]) => [key, content])),
      indent: text.slice(first.start).search(/\S/),
      starts: Array.from(objects.values(), ({ start }) => start),
    };
  }
}
