import { hash } from "node:crypto";
import type { Resource } from "../resource/resource.ts";
import { Recent } from "./recent.ts";
import { noteSum, type ResourceMap, type Sum } from "./resource-set.ts";

/** Resources that stand beside each other in the text of a list, by which they are found again without being read. */
export class Block {
  readonly resources: readonly Resource[];
  /** Bytes of the text. */
  readonly length: number;
  /** Half a fingerprint of the text of the first: cheap to look for. */
  readonly head: number;
  /** Of the fingerprints of the resources. */
  readonly sum: Sum;
  /** The text, until there is a digest of it. */
  #text: Uint8Array | undefined;
  #digest: string | undefined;

  /** `text` holds the resources and what stands between them. */
  constructor(resources: readonly Resource[], text: Uint8Array, { head, sum }: Pick<Block, "head" | "sum">) {
    this.resources = resources;
    this.length = text.length;
    this.head = head;
    this.sum = sum;
    // What is small is read again, to become part of something larger.
    if (resources.length >= leastInBlock || text.length >= leastBytes) this.#text = text;
  }

  /** Whether the same text begins at `start`, and is worth the look. */
  isAt(text: Uint8Array, start: number): boolean {
    const end = start + this.length;
    if (end > text.length || this.#isSmall) return false;
    const there = text.subarray(start, end);
    const known = this.#text ?? copies.get(this);
    if (known !== undefined) return Buffer.compare(there, known) === 0;
    if (digestOf(there) !== this.#digest) return false;
    if (this.length <= mostCopied) copies.of(this, () => new Uint8Array(there));
    return true;
  }

  /** Keeps a digest instead of the text. Returns how many bytes it was made of. */
  forgetText(): number {
    const text = this.#text;
    if (text === undefined) return 0;
    this.#digest = digestOf(text);
    this.#text = undefined;
    return text.length;
  }

  get #isSmall(): boolean {
    return this.#text === undefined && this.#digest === undefined;
  }
}

/** Of short texts that come over and over, in the snapshots of many nodes: a digest takes longer than to compare. */
const copies = new Recent<Block, Uint8Array>(({ length }) => length);
const mostCopied = 8 * 1024;

export const leastInBlock = 8;
const leastBytes = 8 * 1024;

function digestOf(text: Uint8Array): string {
  return hash("sha256", text, "latin1");
}

/** What was read lately, and still holds its text. */
const holding: (readonly Block[])[] = [];

/** Digests are made when whoever waits for the resources has them: to make all of a long text takes milliseconds. */
function forgetTexts(): void {
  let bytes = 0;
  for (let outline = holding.at(-1); outline !== undefined; outline = holding.at(-1)) {
    for (const block of outline) {
      bytes += block.forgetText();
      if (bytes >= bytesAtOnce) return void setImmediate(forgetTexts);
    }
    holding.pop();
  }
}

/** That takes less than a millisecond. */
const bytesAtOnce = 512 * 1024;

/** What the resources of a map were read from: all of them, and no others. */
const outlines = new WeakMap<ResourceMap, readonly Block[]>();

export function outlineOf(resources: ResourceMap | undefined): readonly Block[] {
  return (resources && outlines.get(resources)) ?? [];
}

export function noteOutline(resources: ResourceMap, blocks: readonly Block[]): void {
  const outline = blocks.slice(); // exactly as long as it has to be
  outlines.set(resources, outline);
  noteSum(
    resources,
    outline.map(({ sum }) => sum),
  );
  if (holding.push(outline) === 1) setImmediate(forgetTexts);
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
