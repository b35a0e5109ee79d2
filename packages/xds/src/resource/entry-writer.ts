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
  /** Bytes of which the first `bodyLength` are the message. */
  readonly body: Uint8Array;
  readonly bodyLength: number;
}

/**
 * Writes entries of `DeltaDiscoveryResponse.resources`, one at a time: lengths stand in front of what they count in
 * protobuf, so they are worked out first and all is written once, with its hash in it.
 */
export class EntryWriter {
  /** Of the entry that was measured last: its length, and where in it the `Any` and the message begin. */
  length = 0;
  anyStart = 0;
  bodyStart = 0;
  /** The first 64 bits of the SHA-256 of the entry that was written last, as two numbers with a sign. */
  high = 0;
  low = 0;
  #entryLength = 0;
  #anyLength = 0;

  /** To be called before `write`, with the same parts. */
  measure({ nameStart, nameEnd, extras, anyHead, bodyLength }: EntryParts): number {
    const headLength = sizeOfField(versionLength) + sizeOfField(nameEnd - nameStart) + extras.length;
    this.#anyLength = anyHead === undefined ? 0 : anyHead.length + sizeOfField(bodyLength);
    const any = anyHead === undefined ? 0 : sizeOfField(this.#anyLength);
    this.#entryLength = headLength + any;
    this.length = sizeOfField(this.#entryLength);
    this.anyStart = this.length - any;
    this.bodyStart = this.length - bodyLength;
    return this.length;
  }

  write(bytes: Buffer, start: number, parts: EntryParts): void {
    const { name, nameStart, nameEnd, extras, anyHead, body, bodyLength } = parts;
    let at = putHead(bytes, start, entryTag, this.#entryLength);
    const versionStart = putHead(bytes, at, versionTag, versionLength);
    at = versionStart;
    for (let i = 0; i < versionLength; i++) bytes[at++] = zero;
    at = putHead(bytes, at, nameTag, nameEnd - nameStart);
    for (let i = nameStart; i < nameEnd; i++) bytes[at++] = name[i] as number; // within bounds
    for (let i = 0; i < extras.length; i++) bytes[at++] = extras[i] as number;
    if (anyHead !== undefined) {
      at = putHead(bytes, at, resourceTag, this.#anyLength);
      for (let i = 0; i < anyHead.length; i++) bytes[at++] = anyHead[i] as number;
      at = putHead(bytes, at, valueTag, bodyLength);
      if (bodyLength > longBody) bytes.set(body.subarray(0, bodyLength), at);
      else for (let i = 0; i < bodyLength; i++) bytes[at++] = body[i] as number;
    }
    const digest = hash("sha256", bytes.subarray(start, start + this.length), "latin1");
    at = versionStart;
    for (let i = 0; i < versionLength / 2; i++) {
      const byte = digest.charCodeAt(i);
      bytes[at++] = hexDigit(byte >> 4);
      bytes[at++] = hexDigit(byte & 15);
    }
    this.high = toInt32(digest, 0);
    this.low = toInt32(digest, 4);
  }
}

/** Reads the version that the entry carries that begins at `start`. */
export function readVersion(bytes: Buffer, start: number): string {
  let at = start + 1;
  while ((bytes[at] as number) >= 0x80) at++; // the length of the entry, which is longer than that
  return bytes.toString("latin1", at + 3, at + 3 + versionLength);
}

/** Bytes above which copying is left to the machine. */
const longBody = 512;

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
  const high = (digest.charCodeAt(at) << 8) | digest.charCodeAt(at + 1);
  return (high << 16) | (digest.charCodeAt(at + 2) << 8) | digest.charCodeAt(at + 3);
}
