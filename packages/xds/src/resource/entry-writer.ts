import { hash } from "node:crypto";
import { sizeOfVarint } from "@chancery/envoy-api/wire";

/** What an entry is made of, all of it in wire format. */
export interface EntryParts {
  /** Bytes of which those from `nameStart` to `nameEnd` are the name. */
  name: Uint8Array;
  nameStart: number;
  nameEnd: number;
  /** Whole fields: aliases, and the time to live. */
  extras: Uint8Array;
  /** The field of the type URL in an `Any`; undefined if there is no message. */
  anyHead: Uint8Array | undefined;
  /** The message. */
  body: Uint8Array;
}

/**
 * Writes entries of `DeltaDiscoveryResponse.resources`, one at a time: lengths stand in front of what they count in
 * protobuf, so they are worked out first and all is written once. There is room for the version, which `writeVersion` writes.
 */
export class EntryWriter {
  /** Where in the entry that was measured last the version ends, and the `Any` and the message begin. */
  versionEnd = 0;
  anyStart = 0;
  bodyStart = 0;
  #entryLength = 0;
  #anyLength = 0;

  /** How long the entry will be. To be called before `write`, with the same parts. */
  measure({ nameStart, nameEnd, extras, anyHead, body }: EntryParts): number {
    const headLength = versionField.length + sizeOfField(nameEnd - nameStart) + extras.length;
    this.#anyLength = anyHead === undefined ? 0 : anyHead.length + sizeOfField(body.length);
    const any = anyHead === undefined ? 0 : sizeOfField(this.#anyLength);
    this.#entryLength = headLength + any;
    const length = sizeOfField(this.#entryLength);
    this.versionEnd = length - this.#entryLength + versionField.length;
    this.anyStart = length - any;
    this.bodyStart = length - body.length;
    return length;
  }

  /** Writes the entry over `bytes`, which is as long. */
  write(bytes: Uint8Array, { name, nameStart, nameEnd, extras, anyHead, body }: EntryParts): void {
    let at = putHead(bytes, 0, entryTag, this.#entryLength);
    bytes.set(versionField, at);
    at += versionField.length;
    at = putHead(bytes, at, nameTag, nameEnd - nameStart);
    for (let i = nameStart; i < nameEnd; i++) bytes[at++] = name[i] as number; // within bounds
    for (let i = 0; i < extras.length; i++) bytes[at++] = extras[i] as number;
    if (anyHead !== undefined) {
      at = putHead(bytes, at, resourceTag, this.#anyLength);
      bytes.set(anyHead, at);
      at = putHead(bytes, at + anyHead.length, valueTag, body.length);
      bytes.set(body, at);
    }
  }
}

/**
 * Writes the version of an entry, from `start` to `end`, into it, unless it is there: the first 64 bits of a SHA-256 of all
 * of it, with zeros for the version. Many entries never need one, and to hash one takes as long as to write several.
 */
export function writeVersion(bytes: Buffer, start: number, end: number): void {
  const at = versionStart(bytes, start);
  if (!hasZeros(bytes, at)) return;
  bytes.write(hash("sha256", bytes.subarray(start, end)).slice(0, versionLength), at, "latin1");
}

/** Reads the version that was written into an entry. */
export function readVersion(entry: Buffer): string {
  const start = versionStart(entry, 0);
  return entry.toString("latin1", start, start + versionLength);
}

function versionStart(bytes: Buffer, start: number): number {
  let at = start + 1;
  while ((bytes[at] as number) >= 0x80) at++; // the length of the entry, which is longer than that
  return at + 3;
}

function hasZeros(bytes: Buffer, start: number): boolean {
  for (let at = start; at < start + versionLength; at++) if (bytes[at] !== zero) return false;
  return true;
}

const versionLength = 16;
const zero = 0x30;
/** As it is hashed. */
const versionField = Buffer.concat([Uint8Array.of(0x0a, versionLength), Buffer.alloc(versionLength, zero)]);

const entryTag = 0x12;
const nameTag = 0x1a;
const resourceTag = 0x12;
const valueTag = 0x12;

/** The size of a field with a small number that has a length and so many bytes. */
function sizeOfField(length: number): number {
  return 1 + sizeOfVarint(length) + length;
}

/** Writes a tag and a length; the place behind them. */
function putHead(bytes: Uint8Array, start: number, tag: number, length: number): number {
  let at = start;
  bytes[at++] = tag;
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}
