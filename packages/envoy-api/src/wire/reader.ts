import { WireError } from "./wire-error.ts";
import { WireType } from "./wire-type.ts";

/** Groups within groups that `skip` follows before it calls the input hostile. */
const maxGroupDepth = 100;

/** Text up to this many bytes is read by hand when it is ASCII: the call into the decoder would cost more. */
const shortText = 12;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads protobuf wire format from a byte array with a cursor, without copying it.
 * Every method moves `pos` over what it read and throws WireError when the input is cut short or invalid.
 * https://protobuf.dev/programming-guides/encoding/
 */
export class WireReader {
  /** Where the next value begins. May be set, to go back or to jump. */
  pos: number;
  /** Where the message ends. */
  end: number;
  #bytes: Uint8Array;
  #view: DataView | undefined;

  /** Reads `bytes` from `start` up to, not including, `end`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    if (start < 0 || start > end || end > bytes.length) {
      throw new RangeError(`Cannot read bytes ${start} to ${end} of ${bytes.length}`);
    }
    this.#bytes = bytes;
    this.pos = start;
    this.end = end;
  }

  /** Begins anew at another message, which costs less than another reader. The message must be within `bytes`. */
  enter(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.#bytes) this.#view = undefined;
    this.#bytes = bytes;
    this.pos = start;
    this.end = end;
  }

  /** Whether everything up to `end` was read. */
  get done(): boolean {
    return this.pos >= this.end;
  }

  /** A field's tag, `(field << 3 | wireType)`, unsigned. */
  tag(): number {
    const start = this.pos;
    const tag = this.varint();
    if (tag < 8 || tag > 0xffff_ffff) throw new WireError("invalid tag", start);
    return tag;
  }

  /** A varint as a number from 0 to 2^53 - 1; more is a WireError. */
  varint(): number {
    const bytes = this.#bytes;
    const end = this.end;
    const start = this.pos;
    let pos = start;
    if (pos < end) {
      const first = bytes[pos++] as number; // the bounds were checked
      if (first < 0x80) {
        this.pos = pos;
        return first;
      }
      let value = first & 0x7f;
      let scale = 0x80;
      while (pos < end) {
        const byte = bytes[pos++] as number; // the bounds were checked
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) {
          if (value > Number.MAX_SAFE_INTEGER) throw new WireError("varint above 2^53 - 1", start);
          this.pos = pos;
          return value;
        }
        scale *= 0x80;
        if (pos - start >= 10) throw new WireError("varint of more than 10 bytes", start);
      }
    }
    throw new WireError("truncated varint", start);
  }

  /** A varint's low 32 bits, unsigned. */
  uint32(): number {
    return this.int32() >>> 0;
  }

  /** A varint's low 32 bits, signed; enum values are read with it. */
  int32(): number {
    const bytes = this.#bytes;
    const end = this.end;
    const start = this.pos;
    let value = 0;
    for (let pos = start, shift = 0; pos < end; shift += 7) {
      if (shift > 63) throw new WireError("varint of more than 10 bytes", start);
      const byte = bytes[pos++] as number; // the bounds were checked
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.pos = pos;
        return value;
      }
    }
    throw new WireError("truncated varint", start);
  }

  /** A zigzag varint. */
  sint32(): number {
    const zigzag = this.int32();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** A varint's 64 bits, unsigned. */
  uint64(): bigint {
    const bytes = this.#bytes;
    const end = this.end;
    const start = this.pos;
    let low = 0; // 28 bits
    let middle = 0; // 28 bits
    let high = 0; // 8 bits
    for (let pos = start, count = 0; pos < end; count++) {
      if (count > 9) throw new WireError("varint of more than 10 bytes", start);
      const byte = bytes[pos++] as number; // the bounds were checked
      const bits = byte & 0x7f;
      if (count < 4) low |= bits << (7 * count);
      else if (count < 8) middle |= bits << (7 * (count - 4));
      else high |= bits << (7 * (count - 8));
      if (byte < 0x80) {
        this.pos = pos;
        const low56 = low + middle * 0x1000_0000;
        if (high === 0 && low56 <= Number.MAX_SAFE_INTEGER) return BigInt(low56);
        return BigInt(low) | (BigInt(middle) << 28n) | (BigInt(high & 0xff) << 56n);
      }
    }
    throw new WireError("truncated varint", start);
  }

  /** A varint's 64 bits, signed. */
  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  /** A zigzag varint of 64 bits. */
  sint64(): bigint {
    const zigzag = this.uint64();
    return (zigzag >> 1n) ^ -(zigzag & 1n);
  }

  /** A varint, true unless 0. */
  bool(): boolean {
    return this.uint64() !== 0n;
  }

  /** 4 bytes, little endian, unsigned. */
  fixed32(): number {
    return this.#data(4).getUint32(this.pos - 4, true);
  }

  /** 4 bytes, little endian, signed. */
  sfixed32(): number {
    return this.#data(4).getInt32(this.pos - 4, true);
  }

  /** 8 bytes, little endian, unsigned. */
  fixed64(): bigint {
    return this.#data(8).getBigUint64(this.pos - 8, true);
  }

  /** 8 bytes, little endian, signed. */
  sfixed64(): bigint {
    return this.#data(8).getBigInt64(this.pos - 8, true);
  }

  /** An IEEE 754 number of 8 bytes. */
  double(): number {
    return this.#data(8).getFloat64(this.pos - 8, true);
  }

  /** An IEEE 754 number of 4 bytes. */
  float(): number {
    return this.#data(4).getFloat32(this.pos - 4, true);
  }

  /** A length and that many bytes, as a view of the input. */
  bytes(): Uint8Array {
    const end = this.#lengthPrefixed();
    const start = this.pos;
    this.pos = end;
    return this.#bytes.subarray(start, end);
  }

  /** A length and that many bytes of UTF-8; anything else in them is a WireError. */
  string(): string {
    const end = this.#lengthPrefixed();
    const start = this.pos;
    this.pos = end;
    if (end - start <= shortText) {
      const text = this.#ascii(start, end);
      if (text !== undefined) return text;
    }
    try {
      return utf8.decode(this.#bytes.subarray(start, end));
    } catch {
      throw new WireError("invalid UTF-8", start);
    }
  }

  /** Moves over the value that follows `tag`, a whole group included. */
  skip(tag: number): void {
    this.#skip(tag, 0);
  }

  #skip(tag: number, depth: number): void {
    switch (tag & 7) {
      case WireType.Varint:
        this.int32();
        return;
      case WireType.Fixed64:
        this.#advance(8);
        return;
      case WireType.Bytes:
        this.pos = this.#lengthPrefixed();
        return;
      case WireType.Fixed32:
        this.#advance(4);
        return;
      case WireType.StartGroup:
        this.#skipGroup(tag >>> 3, depth);
        return;
      case WireType.EndGroup:
        throw new WireError("end of a group that did not begin", this.pos);
      default:
        throw new WireError(`invalid wire type ${tag & 7}`, this.pos);
    }
  }

  #skipGroup(field: number, depth: number): void {
    if (depth >= maxGroupDepth) throw new WireError(`more than ${maxGroupDepth} groups within each other`, this.pos);
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) !== WireType.EndGroup) {
        this.#skip(tag, depth + 1);
      } else if (tag >>> 3 === field) {
        return;
      } else {
        throw new WireError("end of another group", this.pos);
      }
    }
  }

  /** Reads a length; the position where what it announces ends. */
  #lengthPrefixed(): number {
    const start = this.pos;
    const end = this.varint() + this.pos;
    if (end > this.end) throw new WireError("length beyond the end", start);
    return end;
  }

  #advance(count: number): void {
    if (this.pos + count > this.end) throw new WireError("truncated value", this.pos);
    this.pos += count;
  }

  #data(count: number): DataView {
    this.#advance(count);
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return this.#view;
  }

  #ascii(start: number, end: number): string | undefined {
    const bytes = this.#bytes;
    let text = "";
    for (let pos = start; pos < end; pos++) {
      const byte = bytes[pos] as number; // the bounds were checked
      if (byte >= 0x80) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }
}
