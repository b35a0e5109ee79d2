import { hash } from "node:crypto";
import { sizeOfVarint } from "@chancery/envoy-api/wire";

/** What an entry is made of, all of it in wire format. */
export interface EntryParts {
  /** Bytes of which those from `nameStart` to `nameEnd` are the name. */
  readonly name: Uint8Array;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** Whole fields: aliases, and the time to live. */
  readonly extras: Uint8Array;
  /** The field of the type URL in an `Any`; undefined if there is no message. */
  readonly anyHead: Uint8Array | undefined;
  readonly body: Uint8Array;
}

/**
 * Writes entries of `DeltaDiscoveryResponse.resources`, one at a time: lengths stand in front of what they count in
 * protobuf, so they are worked out first and all is written once, with its hash in it.
 */
export class EntryWriter {
  anyStart = 0;
  bodyStart = 0;
  /** The first 64 bits of the SHA-256 of the entry, as two numbers with a sign. */
  high = 0;
  low = 0;
  length = 0;
  #bytes = Buffer.allocUnsafeSlow(16 * 1024);

  /** The entry that was written last: a view, until the next one. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Whether the entry that was written last stands there. */
  isAt(bytes: Buffer, start: number, end: number): boolean {
    return end - start === this.length && bytes.compare(this.#bytes, 0, this.length, start, end) === 0;
  }

  write({ name, nameStart, nameEnd, extras, anyHead, body }: EntryParts): void {
    const nameLength = nameEnd - nameStart;
    const anyLength = anyHead === undefined ? 0 : anyHead.length + sizeOfField(body.length);
    const headLength = sizeOfField(versionLength) + sizeOfField(nameLength) + extras.length;
    const length = headLength + (anyHead === undefined ? 0 : sizeOfField(anyLength));
    this.#reserve(sizeOfField(length));
    const bytes = this.#bytes;
    let at = putHead(bytes, 0, entryTag, length);
    const versionStart = putHead(bytes, at, versionTag, versionLength);
    bytes.fill(zero, versionStart, versionStart + versionLength);
    at = putHead(bytes, versionStart + versionLength, nameTag, nameLength);
    for (let i = nameStart; i < nameEnd; i++) bytes[at++] = name[i] as number; // within bounds
    bytes.set(extras, at);
    at += extras.length;
    this.anyStart = at;
    if (anyHead !== undefined) {
      at = putHead(bytes, at, resourceTag, anyLength);
      bytes.set(anyHead, at);
      at = putHead(bytes, at + anyHead.length, valueTag, body.length);
      bytes.set(body, at);
    }
    this.bodyStart = at;
    this.length = at + body.length;
    this.#sign(versionStart);
  }

  #sign(versionStart: number): void {
    const bytes = this.#bytes;
    const digest = hash("sha256", bytes.subarray(0, this.length), "latin1");
    for (let i = 0; i < versionLength / 2; i++) {
      const byte = digest.charCodeAt(i);
      bytes[versionStart + 2 * i] = hexDigit(byte >> 4);
      bytes[versionStart + 2 * i + 1] = hexDigit(byte & 15);
    }
    this.high = toInt32(digest, 0);
    this.low = toInt32(digest, 4);
  }

  #reserve(length: number): void {
    if (length > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(length * 2);
  }
}

/** Reads the version that the entry carries that begins at `start`. */
export function readVersion(bytes: Buffer, start: number): string {
  let at = start + 1;
  while ((bytes[at] as number) >= 0x80) at++; // the length of the entry, which is longer than that
  return bytes.toString("latin1", at + 3, at + 3 + versionLength);
}

const versionLength = 16;
const zero = 0x30;

const entryTag = 0x12;
const versionTag = 0x0a;
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

function hexDigit(value: number): number {
  return value < 10 ? zero + value : 0x57 + value;
}

function toInt32(digest: string, at: number): number {
  const byte = (i: number) => digest.charCodeAt(at + i);
  return (byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3);
}
