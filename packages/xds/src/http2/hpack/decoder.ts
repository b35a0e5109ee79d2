import { ConnectionError, ErrorCode } from "../codes.ts";
import { unpackedBytes, unpackHuffman } from "./huffman.ts";
import { DynamicTable, type Field, STATIC_FIELDS, sizeOf, toField, toKeptField } from "./table.ts";

/** What either end may keep in its table, unless told otherwise. */
export const TABLE_BYTES = 4096;

/** No number in a block is as large as this. */
const MAX_INTEGER = 2 ** 24;

/** Where strings are unpacked: nothing of it is needed once a string is made. */
let scratch: Buffer = Buffer.allocUnsafeSlow(4096);

/**
 * Reads the header blocks of one connection, in their order.
 *
 * https://www.rfc-editor.org/rfc/rfc7541
 */
export class HeaderDecoder {
  readonly #table = new DynamicTable(TABLE_BYTES);
  readonly #maxListBytes: number;
  #block: Buffer = scratch;
  #offset = 0;

  /** `maxListBytes` is how large a list of headers may be, with 32 bytes for each of them. */
  constructor(maxListBytes: number) {
    this.#maxListBytes = maxListBytes;
  }

  /** The headers in `block`; undefined if there are too many. Throws a COMPRESSION_ERROR where it is not well formed. */
  decode(block: Buffer): readonly Field[] | undefined {
    this.#block = block;
    this.#offset = 0;
    const fields: Field[] = [];
    let bytes = 0;
    let first = true;
    while (this.#offset < block.length) {
      const field = this.#next(first);
      if (field === undefined) continue;
      first = false;
      bytes += sizeOf(field);
      if (bytes <= this.#maxListBytes) fields.push(field);
    }
    this.#block = scratch;
    return bytes <= this.#maxListBytes ? fields : undefined;
  }

  /** One field; undefined for a change of the table's size, which may only come `first`. */
  #next(first: boolean): Field | undefined {
    const byte = this.#block[this.#offset] ?? 0;
    if ((byte & 0x80) !== 0) return this.#fieldAt(this.#integer(0x7f));
    if ((byte & 0xe0) === 0x20) {
      const size = this.#integer(0x1f);
      if (!first || size > TABLE_BYTES) throw wrong("a table size");
      this.#table.resize(size);
      return undefined;
    }
    const added = (byte & 0x40) !== 0;
    const index = this.#integer(added ? 0x3f : 0x0f);
    const name = index === 0 ? this.#string() : this.#fieldAt(index).name;
    if (!added) return toField(name, this.#string());
    const field = toKeptField(name, this.#string());
    this.#table.add(field);
    return field;
  }

  #fieldAt(index: number): Field {
    const field =
      index <= STATIC_FIELDS.length ? STATIC_FIELDS[index - 1] : this.#table.get(index - STATIC_FIELDS.length - 1);
    if (field === undefined) throw wrong("an index");
    return field;
  }

  /** https://www.rfc-editor.org/rfc/rfc7541#section-5.1 */
  #integer(mask: number): number {
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (value > MAX_INTEGER || factor > MAX_INTEGER) throw wrong("a number");
      if (byte < 0x80) return value;
    }
  }

  /** https://www.rfc-editor.org/rfc/rfc7541#section-5.2 */
  #string(): string {
    const packed = (this.#block[this.#offset] ?? 0) >= 0x80;
    const length = this.#integer(0x7f);
    const start = this.#offset;
    const end = start + length;
    if (end > this.#block.length) throw wrong("a length");
    this.#offset = end;
    if (!packed) return this.#block.toString("latin1", start, end);
    if (scratch.length < unpackedBytes(length)) scratch = Buffer.allocUnsafeSlow(unpackedBytes(length));
    const unpacked = unpackHuffman(this.#block.subarray(start, end), scratch);
    if (unpacked < 0) throw wrong("a packed string");
    return scratch.toString("latin1", 0, unpacked);
  }

  #byte(): number {
    const byte = this.#block[this.#offset++];
    if (byte === undefined) throw wrong("an end");
    return byte;
  }
}

function wrong(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.COMPRESSION_ERROR, `a header block has ${what} that cannot be`);
}
