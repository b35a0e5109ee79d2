import { WireError } from "./wire-error.ts";
import { makeTag, sizeOfVarint, type WireType } from "./wire-type.ts";

/** Text up to this many UTF-16 units is written by hand while it is ASCII: the call into the encoder would cost more. */
const shortText = 32;

const utf8 = new TextEncoder();

const leastCapacity = 16;

/**
 * Writes protobuf wire format into a buffer that grows.
 * Methods return the writer, so that a tag and its value can be chained; `finish` hands the bytes over.
 * https://protobuf.dev/programming-guides/encoding/
 */
export class WireWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #pos = 0;
  readonly #forks: number[] = [];
  #depth = 0;

  /** `capacity` is the size of the first buffer, in bytes: if it is that of all that is written, nothing is copied. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(Math.max(capacity, leastCapacity));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The number of bytes written so far. */
  get length(): number {
    return this.#pos;
  }

  /** What was written, in an array of its own; the writer is empty again afterwards and can be used anew. */
  finish(): Uint8Array<ArrayBuffer> {
    if (this.#depth > 0) throw new TypeError("Cannot finish: fork() without join()");
    const bytes = this.#bytes;
    const isFull = this.#pos === bytes.length;
    const result = isFull ? bytes : bytes.slice(0, this.#pos);
    this.#pos = 0;
    if (isFull) this.#write(new Uint8Array(leastCapacity));
    return result;
  }

  /** Forgets everything after the first `length` bytes, and the messages begun there. */
  truncate(length: number): this {
    if (length > this.#pos) throw new RangeError(`Cannot truncate ${this.#pos} bytes to ${length}`);
    this.#pos = length;
    while (this.#depth > 0 && (this.#forks[this.#depth - 1] as number) >= length) this.#depth--;
    return this;
  }

  /** The tag of `field`. */
  tag(field: number, wireType: WireType): this {
    return this.varint(makeTag(field, wireType));
  }

  /** An integer from 0 to 2^53 - 1. */
  varint(value: number): this {
    this.#reserve(10);
    this.#putVarint(value);
    return this;
  }

  /** An unsigned 32-bit integer. */
  uint32(value: number): this {
    return this.varint(value >>> 0);
  }

  /** A signed 32-bit integer; enum values are written with it. */
  int32(value: number): this {
    return value >= 0 ? this.varint(value) : this.int64(BigInt(value));
  }

  /** A signed 32-bit integer as zigzag. */
  sint32(value: number): this {
    return this.varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** An unsigned 64-bit integer. */
  uint64(value: bigint): this {
    const bits = BigInt.asUintN(64, value);
    if (bits <= Number.MAX_SAFE_INTEGER) return this.varint(Number(bits));
    this.#reserve(10);
    let low = Number(bits & 0xffff_ffffn);
    let high = Number(bits >> 32n);
    while (high > 0) {
      this.#bytes[this.#pos++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#putVarint(low);
    return this;
  }

  /** A signed 64-bit integer. */
  int64(value: bigint): this {
    return this.uint64(value);
  }

  /** A signed 64-bit integer as zigzag. */
  sint64(value: bigint): this {
    return this.uint64((value << 1n) ^ (value >> 63n));
  }

  /** True or false as a varint. */
  bool(value: boolean): this {
    return this.varint(value ? 1 : 0);
  }

  /** An unsigned 32-bit integer in 4 bytes. */
  fixed32(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.#pos, value, true);
    this.#pos += 4;
    return this;
  }

  /** A signed 32-bit integer in 4 bytes. */
  sfixed32(value: number): this {
    return this.fixed32(value);
  }

  /** An unsigned 64-bit integer in 8 bytes. */
  fixed64(value: bigint): this {
    this.#reserve(8);
    this.#view.setBigUint64(this.#pos, value, true);
    this.#pos += 8;
    return this;
  }

  /** A signed 64-bit integer in 8 bytes. */
  sfixed64(value: bigint): this {
    return this.fixed64(value);
  }

  /** An IEEE 754 number in 8 bytes. */
  double(value: number): this {
    this.#reserve(8);
    this.#view.setFloat64(this.#pos, value, true);
    this.#pos += 8;
    return this;
  }

  /** An IEEE 754 number in 4 bytes. */
  float(value: number): this {
    this.#reserve(4);
    this.#view.setFloat32(this.#pos, value, true);
    this.#pos += 4;
    return this;
  }

  /** The length of `value` and its bytes. */
  bytes(value: Uint8Array): this {
    this.#reserve(sizeOfVarint(value.length) + value.length);
    this.#putVarint(value.length);
    this.#bytes.set(value, this.#pos);
    this.#pos += value.length;
    return this;
  }

  /** `value` as it is, without a length. */
  raw(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#pos);
    this.#pos += value.length;
    return this;
  }

  /** The length of `value` in UTF-8 and its bytes. A lone surrogate is a WireError: no UTF-8 says it. */
  string(value: string): this {
    const length = value.length;
    this.#reserve(10 + 3 * length);
    if (length <= shortText && this.#putAscii(value)) return this;
    const sizeGuess = sizeOfVarint(length);
    const start = this.#pos + sizeGuess;
    const { written } = utf8.encodeInto(value, this.#bytes.subarray(start));
    if (written !== length && !value.isWellFormed()) throw new WireError("lone surrogate in text", -1);
    this.#close(start - sizeGuess, sizeGuess, written);
    return this;
  }

  /** Begins a nested message, after its tag; `join` ends it and writes its length in front. */
  fork(): this {
    this.#reserve(1);
    this.#forks[this.#depth++] = this.#pos++;
    return this;
  }

  /** Ends the message the last `fork` began. */
  join(): this {
    if (this.#depth === 0) throw new TypeError("Cannot join: there was no fork()");
    const start = this.#forks[--this.#depth] as number; // fork put it there
    this.#close(start, 1, this.#pos - start - 1);
    return this;
  }

  /** Writes `length` into the `reserved` bytes at `start`, and moves what follows when it needs more of them. */
  #close(start: number, reserved: number, length: number): void {
    const needed = length < 0x80 ? 1 : sizeOfVarint(length);
    if (needed !== reserved) {
      this.#pos = start + reserved + length;
      this.#reserve(needed);
      this.#bytes.copyWithin(start + needed, start + reserved, start + reserved + length);
    }
    this.#pos = start;
    this.#putVarint(length);
    this.#pos += length;
  }

  #putAscii(value: string): boolean {
    const bytes = this.#bytes;
    const length = value.length;
    let pos = this.#pos + 1; // the length takes one byte: shortText is below 128
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) return false;
      bytes[pos++] = unit;
    }
    bytes[this.#pos] = length;
    this.#pos = pos;
    return true;
  }

  #putVarint(value: number): void {
    const bytes = this.#bytes;
    let pos = this.#pos;
    let rest = value;
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) bytes[pos++] = (rest & 0x7f) | 0x80;
    for (; rest > 0x7f; rest >>>= 7) bytes[pos++] = (rest & 0x7f) | 0x80;
    bytes[pos++] = rest;
    this.#pos = pos;
  }

  #reserve(count: number): void {
    const needed = this.#pos + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#pos));
    this.#write(grown);
  }

  /** Goes on in another buffer. */
  #write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
