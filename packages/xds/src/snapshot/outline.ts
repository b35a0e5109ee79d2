import { hash } from "node:crypto";
import type { Resource } from "../resource/resource.ts";
import type { ResourceMap } from "./resource-set.ts";

/** Resources that stand beside each other in the text of a list, by which they are found again without being read. */
export class Block {
  readonly resources: readonly Resource[];
  /** Bytes of the text. */
  readonly length: number;
  readonly #digest: string;
  /** Half a fingerprint of the text of the first: cheap to look for. */
  readonly head: number;

  /** `text` holds the resources and what stands between them. */
  constructor(resources: readonly Resource[], text: Uint8Array, head: number) {
    this.resources = resources.slice(); // without the room to grow that pushing leaves
    this.length = text.length;
    this.#digest = digestOf(text);
    this.head = head;
  }

  /** Whether the same text begins at `start`. */
  isAt(text: Uint8Array, start: number): boolean {
    const end = start + this.length;
    return end <= text.length && digestOf(text.subarray(start, end)) === this.#digest;
  }
}

function digestOf(text: Uint8Array): string {
  return hash("sha256", text, "latin1");
}

/** What the resources of a map were read from: all of them, and no others. */
const outlines = new WeakMap<ResourceMap, readonly Block[]>();

export function outlineOf(resources: ResourceMap | undefined): readonly Block[] {
  return (resources && outlines.get(resources)) ?? [];
}

export function noteOutline(resources: ResourceMap, blocks: readonly Block[]): void {
  const outline = blocks.slice(); // exactly as long as it has to be
  outlines.set(resources, outline);
  const typeUrl = outline[0]?.resources[0]?.typeUrl;
  if (typeUrl !== undefined) latest.set(typeUrl, new WeakRef(outline));
}

/** What a list of a type was read from last, for whatever group: groups have much in common. */
export function latestOutline(typeUrl: string): readonly Block[] {
  return latest.get(typeUrl)?.deref() ?? [];
}

const latest = new Map<string, WeakRef<readonly Block[]>>();

/** The blocks of a list that consists of nothing else. */
export function blocksOf(list: readonly unknown[]): readonly Block[] | undefined {
  return list.length > 0 && list.every((item) => item instanceof Block) ? list : undefined;
}

/**
 * The map of the resources of some blocks, by way of those that the map before it was read from: it costs what is not
 * the same block. Undefined if that is not known or is too much, or if a name is there twice.
 */
export function replaceBlocks(before: ResourceMap, blocks: readonly Block[]): ResourceMap | undefined {
  const gone = new Set(outlineOf(before));
  if (gone.size === 0) return undefined;
  const added = blocks.filter((block) => !gone.delete(block)).flatMap(({ resources }) => resources);
  if (added.length > before.size / 2) return undefined;
  const changes = new Map<string, Resource | undefined>();
  for (const { resources } of gone) for (const { name } of resources) changes.set(name, undefined);
  for (const resource of added) {
    const { name } = resource;
    if (changes.has(name) ? changes.get(name) !== undefined : before.has(name)) return undefined;
    changes.set(name, resource);
  }
  const after = before.with(changes);
  noteOutline(after, blocks);
  return after;
}
