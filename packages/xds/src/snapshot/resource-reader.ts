import { crc32 } from "node:zlib";
import { Transcoder } from "@chancery/envoy-api";
import { type Resource, toNamedResource } from "../resource/resource.ts";
import { type ResourceType, resourceTypes } from "../resource/type.ts";
import { crashPath, namesTap } from "./crashes.ts";
import type { JsonText, ListReader, ListReaders } from "./json-text.ts";
import { Block, latestOutline, outlineOf } from "./outline.ts";
import type { Snapshot } from "./snapshot.ts";

export interface ReaderOptions {
  /** The snapshot that this one replaces: what its text has too is not read again. */
  readonly previous?: Snapshot | undefined;
}

/**
 * Reads the resources of a snapshot's JSON text in one pass over its bytes, as far as they are common and right: to be
 * given to `cutSnapshot`. Others are left as text, so that whoever parses that says what is wrong with them.
 */
export function resourceReaders(text: Buffer, { previous }: ReaderOptions = {}): ListReaders {
  let mayCrash: boolean | undefined;
  const checkCrash = (message: string, written: Transcoder) => {
    mayCrash ??= namesTap(text) || text.includes(escaped);
    return mayCrash && crashPath(message, written.bytes) !== undefined;
  };
  return (key) => {
    const type = types.get(key);
    const before = type === undefined ? [] : likelyOutline(type, previous);
    return new ResourceReader({ text, type, before, checkCrash });
  };
}

function likelyOutline({ typeUrl }: ResourceType, previous: Snapshot | undefined): readonly Block[] {
  const own = outlineOf(previous?.set(typeUrl).resources);
  return own.length > 0 ? own : latestOutline(typeUrl);
}

/** The types whose resources have a name of their own. */
const types = new Map(resourceTypes.filter(({ key }) => key !== "lbEndpoints").map((type) => [type.key, type]));

/** What may spell something in another way. */
const escaped = "\\u";

const transcoder = new Transcoder();

interface Reading {
  readonly text: Buffer;
  /** Undefined if the list is left as text. */
  readonly type: ResourceType | undefined;
  /** What a list that is probably much like it was read from. */
  readonly before: readonly Block[];
  readonly checkCrash: (message: string, written: Transcoder) => boolean;
}

/** Resources that stand beside each other in the text. */
interface Run {
  readonly resources: Resource[];
  readonly start: number;
  readonly headEnd: number;
  end: number;
}

class ResourceReader implements ListReader {
  readonly #reading: Reading;
  readonly #items: (Block | Run | JsonText)[] = [];
  #count = 0;
  #run: Run | undefined;
  /** The block that comes next if nothing has changed, and the last place where it was looked for. */
  #next = 0;
  #lookedAt = -1;
  #isLost = false;
  #heads: ReadonlyMap<number, number> | undefined;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  read(start: number): number {
    const { type } = this.#reading;
    if (type === undefined) return -1;
    const skipped = this.#isLost ? -1 : this.#skip(this.#next, start);
    if (skipped >= 0) return skipped;
    this.#isLost = true;
    const end = transcoder.read(type.message, this.#reading.text, start);
    if (end < 0) return -1;
    const found = this.#find(start, end);
    if (found >= 0) return found;
    const resource = this.#toResource(type);
    if (resource === undefined) return -1;
    this.#add(resource, start, end);
    return end;
  }

  leave(text: JsonText): void {
    this.#run = undefined;
    this.#items.push(text);
    this.#count++;
  }

  finish(): readonly unknown[] {
    const isLong = this.#count >= leastOutlined;
    const { text } = this.#reading;
    return this.#items.flatMap((item): readonly unknown[] => {
      if (!("headEnd" in item)) return [item];
      const { resources, start, end, headEnd } = item;
      return isLong ? [new Block(resources, text.subarray(start, end), headEnd - start)] : resources;
    });
  }

  /** The place behind a block of the list before, if it begins at `start`. */
  #skip(index: number, start: number): number {
    const { before, text } = this.#reading;
    const block = before[index];
    this.#lookedAt = start;
    // Small ones are read again, so that they become part of larger ones.
    if (block === undefined || block.resources.length < leastBlock || !block.isAt(text, start)) return -1;
    this.#items.push(block);
    this.#count += block.resources.length;
    this.#run = undefined;
    this.#next = index + 1;
    this.#isLost = false;
    return start + block.length;
  }

  /** The same for any of those to come of which the item that was read may be the first. */
  #find(start: number, end: number): number {
    const { before, text } = this.#reading;
    if (this.#next >= before.length) return -1;
    this.#heads ??= new Map(before.map(({ head }, index) => [head, index]));
    const index = this.#heads.get(crc32(text.subarray(start, end))) ?? -1;
    const wasTried = index === this.#next && start === this.#lookedAt;
    return index < this.#next || wasTried ? -1 : this.#skip(index, start);
  }

  #toResource({ message, typeUrl }: ResourceType): Resource | undefined {
    if (this.#reading.checkCrash(message, transcoder)) return undefined;
    return toNamedResource(typeUrl, transcoder.buffer, transcoder.length);
  }

  /** More where there are many: a change in a short list is to leave some of it as it is. */
  #mostInRun(): number {
    return Math.min(Math.max(leastBlock, Math.floor(this.#count / leastBlock)), mostInRun);
  }

  #add(resource: Resource, start: number, end: number): void {
    if (this.#run === undefined || this.#run.resources.length >= this.#mostInRun()) {
      this.#run = { resources: [], start, headEnd: end, end };
      this.#items.push(this.#run);
    }
    this.#run.resources.push(resource);
    this.#run.end = end;
    this.#count++;
  }
}

/** Resources in a list for which it is worth keeping what they were read from. */
const leastOutlined = 16;

const mostInRun = 64;
const leastBlock = 8;
