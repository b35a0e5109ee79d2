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
 * protobuf, so they are worked out first and all is written once, with its hash in it.
 */
export class EntryWriter {
  /** Where in the entry that was measured last the `Any` and the message begin. */
  anyStart = 0;
  bodyStart = 0;
  /** The first 64 bits of the SHA-256 of the entry that was written last, as two numbers with a sign. */
  high = 0;
  low = 0;
  #entryLength = 0;
  #anyLength = 0;

  /** How long the entry will be. To be called before `write`, with the same parts. */
  measure({ nameStart, nameEnd, extras, anyHead, body }: EntryParts): number {
    const headLength = versionField.length + sizeOfField(nameEnd - nameStart) + extras.length;
    this.#anyLength = anyHead === undefined ? 0 : anyHead.length + sizeOfField(body.length);
    const any = anyHead === undefined ? 0 : sizeOfField(this.#anyLength);
    this.#entryLength = headLength + any;
    const length = sizeOfField(this.#entryLength);
    this.anyStart = length - any;
    this.bodyStart = length - body.length;
    return length;
  }

  /** Writes the entry over `bytes`, which is as long. */
  write(bytes: Uint8Array, { name, nameStart, nameEnd, extras, anyHead, body }: EntryParts): void {
    let at = putHead(bytes, 0, entryTag, this.#entryLength);
    bytes.set(versionField, at);
    at += versionField.length;
    const versionStart = at - versionLength;
    at = putHead(bytes, at, nameTag, nameEnd - nameStart);
    for (let i = nameStart; i < nameEnd; i++) bytes[at++] = name[i] as number; // within bounds
    for (let i = 0; i < extras.length; i++) bytes[at++] = extras[i] as number;
    if (anyHead !== undefined) {
      at = putHead(bytes, at, resourceTag, this.#anyLength);
      bytes.set(anyHead, at);
      at = putHead(bytes, at + anyHead.length, valueTag, body.length);
      bytes.set(body, at);
    }
    const digest = hash("sha256", bytes);
    this.high = putHex(bytes, versionStart, digest, 0);
    this.low = putHex(bytes, versionStart + 8, digest, 8);
  }
}

/** Reads the version that the entry carries that begins at `start`. */
export function readVersion(bytes: Buffer, start: number): string {
  let at = start + 1;
  while ((bytes[at] as number) >= 0x80) at++; // the length of the entry, which is longer than that
  return bytes.toString("latin1", at + 3, at + 3 + versionLength);
}

const versionLength = 16;
/** With zeros, as it is hashed. */
const versionField = Buffer.concat([Uint8Array.of(0x0a, versionLength), Buffer.alloc(versionLength, "0")]);

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

/** Writes 8 digits of a text that begin at an index of it; the number that they are, with a sign. */
function putHex(bytes: Uint8Array, start: number, digits: string, from: number): number {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const digit = digits.charCodeAt(from + i);
    bytes[start + i] = digit;
    value = (value << 4) | (digit <= nine ? digit - zero : digit - letterA + 10);
  }
  return value;
}

const zero = 0x30;
const nine = 0x39;
const letterA = 0x61;
