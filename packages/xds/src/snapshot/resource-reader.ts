import { Transcoder } from "@chancery/envoy-api";
import { Fingerprint } from "../resource/fingerprint.ts";
import { type Resource, toNamedResource } from "../resource/resource.ts";
import { type ResourceType, resourceTypes } from "../resource/type.ts";
import { crashPath, maySpellTap } from "./crashes.ts";
import type { JsonText, ListReader, ListReaders } from "./json-text.ts";
import { Block, latestOutline, leastInBlock, outlineOf } from "./outline.ts";
import type { Snapshot } from "./snapshot.ts";

export interface ReaderOptions {
  /** The snapshot that this one replaces: what its text has too is not read again. */
  readonly previous?: Snapshot | undefined;
}

/**
 * Reads the resources of a snapshot's JSON text in one pass over its bytes, as far as they are common and right: to be
 * given to `cutSnapshot`. Others are left as text, so that whoever parses that says what is wrong with them. The text must
 * not change afterwards: parts of it are looked at again in later turns of the event loop.
 */
export function resourceReaders(text: Buffer, { previous }: ReaderOptions = {}): ListReaders {
  const source = new Source(text);
  return (key) => {
    const type = types.get(key);
    return new ResourceReader(source, type, type === undefined ? [] : likelyOutline(type, previous));
  };
}

function likelyOutline({ typeUrl }: ResourceType, previous: Snapshot | undefined): readonly Block[] {
  const own = outlineOf(previous?.set(typeUrl).resources);
  return own.length > 0 ? own : latestOutline(typeUrl);
}

/** The types whose resources have a name of their own. */
const types = new Map(resourceTypes.filter(({ key }) => key !== "lbEndpoints").map((type) => [type.key, type]));

/** A text, and what was read of it last. */
class Source {
  readonly text: Buffer;
  readonly transcoder: Transcoder;
  readonly #view: DataView;
  #maySpellTap: boolean | undefined;

  constructor(text: Buffer) {
    this.text = text;
    this.transcoder = new Transcoder(text);
    this.#view = new DataView(text.buffer, text.byteOffset, text.length);
  }

  /** What blocks are looked for by: see `Block`. */
  headOf(start: number, end: number): number {
    fingerprint.take(this.#view, start, end);
    return fingerprint.low;
  }

  /** The resource that was read last; undefined if it has no name, or makes Envoy crash. */
  toResource({ message, typeUrl }: ResourceType): Resource | undefined {
    const { bytes } = this.transcoder;
    this.#maySpellTap ??= maySpellTap(this.text);
    if (this.#maySpellTap && crashPath(message, bytes) !== undefined) return undefined;
    return toNamedResource(typeUrl, bytes);
  }
}

const fingerprint = new Fingerprint();

/** Resources that stand beside each other in the text, and are to become a block. */
interface Run {
  readonly start: number;
  readonly head: number;
  end: number;
  count: number;
  /** Of their fingerprints. */
  high: number;
  low: number;
}

class ResourceReader implements ListReader {
  readonly #source: Source;
  /** Undefined if the list is left as text. */
  readonly #type: ResourceType | undefined;
  /** What a list that is probably much like it was read from. */
  readonly #before: readonly Block[];
  readonly #items: (Block | JsonText)[] = [];
  #count = 0;
  #run: Run | undefined;
  /** Those of the run, at the beginning: one list for all runs, each of which would else have it grow. */
  readonly #inRun: Resource[] = [];
  /** The block that comes next if nothing has changed, and the last place where it was looked for. */
  #next = 0;
  #lookedAt = -1;
  #isLost = false;
  #heads: Map<number, number> | undefined;

  constructor(source: Source, type: ResourceType | undefined, before: readonly Block[]) {
    this.#source = source;
    this.#type = type;
    this.#before = before;
  }

  read(start: number): number {
    const type = this.#type;
    if (type === undefined) return -1;
    const skipped = this.#isLost ? -1 : this.#skip(this.#next, start);
    if (skipped >= 0) return skipped;
    this.#isLost = true;
    const end = this.#source.transcoder.read(type.message, start);
    if (end < 0) return -1;
    const found = this.#find(start, end);
    if (found >= 0) return found;
    const resource = this.#source.toResource(type);
    if (resource === undefined) return -1;
    this.#add(resource, start, end);
    return end;
  }

  leave(text: JsonText): void {
    this.#endRun();
    this.#items.push(text);
    this.#count++;
  }

  finish(): readonly unknown[] {
    this.#endRun();
    if (this.#count >= leastOutlined) return this.#items;
    return this.#items.flatMap((item): readonly unknown[] => (item instanceof Block ? item.resources : [item]));
  }

  /** The place behind a block of the list before, if it begins at `start`. */
  #skip(index: number, start: number): number {
    const block = this.#before[index];
    this.#lookedAt = start;
    if (block === undefined || !block.isAt(this.#source.text, start)) return -1;
    this.#endRun();
    this.#items.push(block);
    this.#count += block.resources.length;
    this.#next = index + 1;
    this.#isLost = false;
    return start + block.length;
  }

  /** The same for any of those to come of which the item that was read may be the first. */
  #find(start: number, end: number): number {
    if (this.#next >= this.#before.length) return -1;
    this.#heads ??= headsOf(this.#before);
    const head = this.#source.headOf(start, end);
    const index = this.#heads.get(head) ?? -1;
    const wasTried = index === this.#next && start === this.#lookedAt;
    if (index < this.#next || wasTried) return -1;
    // Tried once, so that a text full of what blocks begin with is not hashed over and over.
    this.#heads.delete(head);
    return this.#skip(index, start);
  }

  #add(resource: Resource, start: number, end: number): void {
    if (this.#run !== undefined && this.#isFull(this.#run)) this.#endRun();
    this.#run ??= { start, head: this.#source.headOf(start, end), end, count: 0, high: 0, low: 0 };
    const run = this.#run;
    this.#inRun[run.count++] = resource;
    run.end = end;
    run.high = (run.high + resource.fingerprintHigh) | 0;
    run.low = (run.low + resource.fingerprintLow) | 0;
    this.#count++;
  }

  /** Where there are many, more fit in: a change in a short list is to leave some of it as it is. */
  #isFull({ count, start, end }: Run): boolean {
    const most = Math.min(Math.max(leastInBlock, Math.floor(this.#count / leastInBlock)), mostInRun);
    return count >= most || end - start >= mostBytes;
  }

  #endRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    const { start, end, head, count, high, low } = run;
    const text = this.#source.text.subarray(start, end);
    this.#items.push(new Block(this.#inRun.slice(0, count), text, { head, sum: { high, low } }));
    this.#run = undefined;
  }
}

/** Where in a list the blocks are, by their heads; the last of those with the same. */
function headsOf(blocks: readonly Block[]): Map<number, number> {
  const heads = new Map<number, number>();
  for (let index = 0; index < blocks.length; index++) heads.set((blocks[index] as Block).head, index); // within bounds
  return heads;
}

/** Resources in a list for which it is worth keeping what they were read from. */
const leastOutlined = 16;

const mostInRun = 64;
/** Of text: as much as is hashed at a time, but for larger resources. */
const mostBytes = 64 * 1024;
