import assert from "node:assert/strict";
import { test } from "node:test";
import { WireError, WireReader } from "./index.ts";

const read = (...bytes: number[]) => new WireReader(Uint8Array.from(bytes));

const wireError = (message: string) => (error: unknown) => error instanceof WireError && error.message === message;

test("a tag is read unsigned", () => {
  assert.equal(read(0x0a).tag(), 0x0a);
  assert.equal(read(0xfa, 0xff, 0xff, 0xff, 0x0f).tag(), 0xffff_fffa);
});

test("a tag with field number 0 or above 32 bits is an error", () => {
  assert.throws(() => read(0x02).tag(), wireError("invalid tag at byte 0"));
  assert.throws(() => read(0x80, 0x80, 0x80, 0x80, 0x10).tag(), wireError("invalid tag at byte 0"));
});

test("varint reads up to 2^53 - 1 and refuses more", () => {
  assert.equal(read(0).varint(), 0);
  assert.equal(read(0xac, 0x02).varint(), 300);
  assert.equal(read(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f).varint(), Number.MAX_SAFE_INTEGER);
  assert.throws(
    () => read(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10).varint(),
    wireError("varint above 2^53 - 1 at byte 0"),
  );
});

test("32-bit readers take the low bits of a longer varint", () => {
  assert.equal(read(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01).int32(), -1);
  assert.equal(read(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01).uint32(), 0xffff_ffff);
  assert.equal(read(0xff, 0xff, 0xff, 0xff, 0x1f).uint32(), 0xffff_ffff);
  assert.equal(read(0x03).sint32(), -2);
});

test("64-bit readers give bigints", () => {
  const ones = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
  assert.equal(read(...ones).uint64(), 2n ** 64n - 1n);
  assert.equal(read(...ones).int64(), -1n);
  assert.equal(read(...ones).sint64(), -(2n ** 63n));
  assert.equal(read(0xac, 0x02).uint64(), 300n);
  assert.equal(read(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01).uint64(), 2n ** 63n);
});

test("bool is true for every varint but 0", () => {
  assert.equal(read(0).bool(), false);
  assert.equal(read(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01).bool(), true);
});

test("fixed numbers are little endian", () => {
  assert.equal(read(0xff, 0xff, 0xff, 0xff).fixed32(), 0xffff_ffff);
  assert.equal(read(0xff, 0xff, 0xff, 0xff).sfixed32(), -1);
  assert.equal(read(1, 0, 0, 0, 0, 0, 0, 0x80).fixed64(), 2n ** 63n + 1n);
  assert.equal(read(1, 0, 0, 0, 0, 0, 0, 0x80).sfixed64(), 1n - 2n ** 63n);
  assert.equal(read(0, 0, 0xc0, 0x3f).float(), 1.5);
  assert.equal(read(0, 0, 0, 0, 0, 0, 0xf8, 0x3f).double(), 1.5);
});

test("bytes are a view of the input", () => {
  const input = Uint8Array.from([2, 7, 8, 9]);
  const view = new WireReader(input).bytes();
  assert.deepEqual([...view], [7, 8]);
  input[1] = 1;
  assert.equal(view[0], 1);
});

test("strings are read as UTF-8, short and long, a byte order mark included", () => {
  for (const text of ["", "a", "ä", "\ufeffx", "😀", "x".repeat(300), `${"x".repeat(300)}€`]) {
    const bytes = Buffer.from(text);
    const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7];
    assert.equal(read(...length, ...bytes).string(), text);
  }
});

test("a string that is not UTF-8 is an error", () => {
  assert.throws(() => read(1, 0xff).string(), wireError("invalid UTF-8 at byte 1"));
  assert.throws(() => read(3, 0xed, 0xa0, 0x80).string(), wireError("invalid UTF-8 at byte 1"));
});

test("input that is cut short is an error wherever it ends", () => {
  assert.throws(() => read().tag(), wireError("truncated varint at byte 0"));
  assert.throws(() => read(0x80).varint(), wireError("truncated varint at byte 0"));
  assert.throws(() => read(0x80).int32(), wireError("truncated varint at byte 0"));
  assert.throws(() => read(0x80).uint64(), wireError("truncated varint at byte 0"));
  assert.throws(() => read(1, 2, 3).fixed32(), wireError("truncated value at byte 0"));
  assert.throws(() => read(1, 2, 3, 4, 5, 6, 7).double(), wireError("truncated value at byte 0"));
  assert.throws(() => read(3, 1, 2).bytes(), wireError("length beyond the end at byte 0"));
  assert.throws(() => read(3, 1, 2).string(), wireError("length beyond the end at byte 0"));
  assert.throws(() => read(3, 1, 2).skip(0x0a), wireError("length beyond the end at byte 0"));
});

test("a varint of more than 10 bytes is an error", () => {
  const long = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
  const message = wireError("varint of more than 10 bytes at byte 0");
  assert.throws(() => read(...long).varint(), message);
  assert.throws(() => read(...long).int32(), message);
  assert.throws(() => read(...long).uint64(), message);
});

test("skip moves over every wire type", () => {
  const skipped = (tag: number, ...bytes: number[]) => {
    const reader = read(...bytes, 0x55);
    reader.skip(tag);
    return reader.pos;
  };
  assert.equal(skipped(0x08, 0xac, 0x02), 2);
  assert.equal(skipped(0x09, 1, 2, 3, 4, 5, 6, 7, 8), 8);
  assert.equal(skipped(0x0a, 2, 1, 2), 3);
  assert.equal(skipped(0x0b, 0x10, 0x01, 0x1b, 0x1c, 0x0c), 5);
  assert.equal(skipped(0x0d, 1, 2, 3, 4), 4);
});

test("skip refuses invalid wire types, groups that do not match and groups without end", () => {
  assert.throws(() => read(1).skip(0x0e), wireError("invalid wire type 6 at byte 0"));
  assert.throws(() => read(1).skip(0x0c), wireError("end of a group that did not begin at byte 0"));
  assert.throws(() => read(0x14).skip(0x0b), wireError("end of another group at byte 1"));
  const deep = new Uint8Array(10_000).fill(0x0b);
  assert.throws(() => new WireReader(deep).skip(0x0b), wireError("more than 100 groups within each other at byte 100"));
});

test("a reader of a part stops at its end", () => {
  const reader = new WireReader(Uint8Array.from([1, 2, 3, 4]), 1, 3);
  assert.equal(reader.varint(), 2);
  assert.equal(reader.done, false);
  assert.equal(reader.varint(), 3);
  assert.equal(reader.done, true);
  assert.throws(() => reader.varint(), WireError);
  assert.throws(() => new WireReader(new Uint8Array(2), 1, 3), RangeError);
});
