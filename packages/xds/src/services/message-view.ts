import { makeTag, WireError, WireReader, WireType } from "@chancery/envoy-api/wire";

/**
 * A message that stays as it came: each field is looked for when it is asked for. What is set twice counts as it was
 * last; what is malformed, or of another type, counts as not set, since logs are to be shown and not to be trusted.
 */
export class MessageView {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** Text in UTF-8; what is none is replaced by U+FFFD. "" if it is not set. */
  text(field: number): string {
    return this.#find(field) ? toText(this.bytes, found.start, found.end) : "";
  }

  /** The bytes, not copied. Empty if it is not set. */
  data(field: number): Uint8Array {
    return this.#find(field) ? this.bytes.subarray(found.start, found.end) : nothing;
  }

  /** A message within this one. */
  message(field: number): MessageView | undefined {
    return this.#find(field) ? new MessageView(this.bytes, found.start, found.end) : undefined;
  }

  /** Messages within this one, such as a list, or the entries of a map. */
  *messages(field: number): Generator<MessageView, void> {
    const wanted = makeTag(field, WireType.Bytes);
    // Of its own, as others are looked for in between.
    const reader = new WireReader(this.bytes, this.start, this.end);
    try {
      while (!reader.done) {
        const tag = reader.tag();
        if (tag === wanted) {
          readPlace(reader);
          yield new MessageView(this.bytes, found.start, found.end);
        } else reader.skip(tag);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
  }

  /** A number of the types uint32, uint64 or enum; 0 if it is not set or above 2^53 - 1. */
  count(field: number): number {
    return this.#read(field, WireType.Varint, readVarint) ?? 0;
  }

  /** A number of the types int32 or int64, as near as a double comes; 0 if it is not set. */
  integer(field: number): number {
    return Number(this.#read(field, WireType.Varint, readInt64) ?? 0n);
  }

  flag(field: number): boolean {
    return this.#read(field, WireType.Varint, readBool) ?? false;
  }

  double(field: number): number | undefined {
    return this.#read(field, WireType.Fixed64, readDouble);
  }

  /** A number of the type fixed64. */
  fixed64(field: number): bigint {
    return this.#read(field, WireType.Fixed64, readFixed64) ?? 0n;
  }

  /** A `google.protobuf.Timestamp` or `Duration`, in milliseconds. */
  milliseconds(field: number): number | undefined {
    const time = this.message(field);
    return time && time.integer(1) * 1000 + time.integer(2) / 1e6;
  }

  /** A map from text to text, such as headers. */
  texts(field: number): Readonly<Record<string, string>> {
    const entries = this.messages(field).map((entry): [string, string] => [entry.text(1), entry.text(2)]);
    return Object.fromEntries(entries);
  }

  /** Looks for the value of a field that has a length: true when it has been `found`. */
  #find(field: number): boolean {
    return this.#read(field, WireType.Bytes, readPlace) ?? false;
  }

  #read<T>(field: number, type: WireType, read: (reader: WireReader) => T): T | undefined {
    const wanted = makeTag(field, type);
    scanner.enter(this.bytes, this.start, this.end);
    let value: T | undefined;
    try {
      while (!scanner.done) {
        const tag = scanner.tag();
        if (tag === wanted) value = read(scanner);
        else scanner.skip(tag);
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    }
    return value;
  }
}

const nothing = new Uint8Array();

/** One for all views, which look for one field after the other: floods of logs must not make garbage of it. */
const scanner = new WireReader(nothing);

/** Where the last value stands that was found. */
const found = { start: 0, end: 0 };

function readPlace(reader: WireReader): true {
  const length = reader.varint();
  const start = reader.pos;
  if (start + length > reader.end) throw new WireError("length beyond the end", start);
  reader.pos = start + length;
  found.start = start;
  found.end = reader.pos;
  return true;
}

const utf8 = new TextDecoder();

/** Text up to this many bytes is read by hand while it is ASCII: the call into the decoder would cost more. */
const shortText = 24;

function toText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > shortText) return utf8.decode(bytes.subarray(start, end));
  let text = "";
  for (let pos = start; pos < end; pos++) {
    const byte = bytes[pos] as number; // the bounds were checked
    if (byte >= 0x80) return utf8.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

const readVarint = (reader: WireReader): number => reader.varint();
const readInt64 = (reader: WireReader): bigint => reader.int64();
const readBool = (reader: WireReader): boolean => reader.bool();
const readDouble = (reader: WireReader): number => reader.double();
const readFixed64 = (reader: WireReader): bigint => reader.fixed64();
