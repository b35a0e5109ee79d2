import assert from "node:assert/strict";
import { test } from "node:test";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { sizeOfVarint, WireError, WireReader, WireType, WireWriter } from "./index.ts";

const numbers = [0, 1, 127, 128, 16383, 16384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const signed = [...numbers.filter((n) => n < 2 ** 31), -1, -64, -65, -(2 ** 31)];
const bigs = [0n, 1n, 127n, 128n, 2n ** 32n, 2n ** 53n, 2n ** 56n, 2n ** 63n - 1n];
const signedBigs = [...bigs, ...bigs.map((n) => -n - 1n)];

test("integers read back as they were written, also by protobuf-es", () => {
  const writer = new WireWriter(1);
  for (const n of numbers) writer.uint32(n).fixed32(n);
  for (const n of signed) writer.int32(n).sint32(n).sfixed32(n);
  for (const n of bigs) writer.uint64(n).fixed64(n);
  for (const n of signedBigs) writer.int64(n).sint64(n).sfixed64(n);
  writer
    .uint64(2n ** 64n - 1n)
    .bool(true)
    .bool(false);
  const bytes = writer.finish();
  for (const reader of [new WireReader(bytes), new BinaryReader(bytes)]) {
    for (const n of numbers) assert.deepEqual([reader.uint32(), reader.fixed32()], [n, n]);
    for (const n of signed) assert.deepEqual([reader.int32(), reader.sint32(), reader.sfixed32()], [n, n, n]);
    for (const n of bigs) assert.deepEqual([reader.uint64(), reader.fixed64()], [n, n]);
    for (const n of signedBigs) assert.deepEqual([reader.int64(), reader.sint64(), reader.sfixed64()], [n, n, n]);
    assert.equal(reader.uint64(), 2n ** 64n - 1n);
    assert.deepEqual([reader.bool(), reader.bool()], [true, false]);
    assert.equal(reader.pos, bytes.length);
  }
});

test("varint writes numbers up to 2^53 - 1", () => {
  for (const n of [...numbers, 2 ** 35, 2 ** 49, Number.MAX_SAFE_INTEGER]) {
    const bytes = new WireWriter().varint(n).finish();
    assert.equal(new WireReader(bytes).varint(), n);
    assert.equal(bytes.length, sizeOfVarint(n));
  }
});

test("floating point numbers are little endian", () => {
  const bytes = new WireWriter().double(1.5).float(-2.5).double(Number.NaN).finish();
  const reader = new WireReader(bytes);
  assert.deepEqual([reader.double(), reader.float(), reader.double()], [1.5, -2.5, Number.NaN]);
});

test("text of every length and width reads back", () => {
  const texts = ["", "a", "ä", "😀", "x".repeat(32), "x".repeat(33), "é".repeat(63), "é".repeat(64), "é".repeat(100)];
  texts.push("x".repeat(127), "x".repeat(128), "€".repeat(6000), "x".repeat(20_000));
  const writer = new WireWriter();
  for (const text of texts) writer.string(text);
  const reader = new WireReader(writer.finish());
  for (const text of texts) assert.equal(reader.string(), text);
});

test("a lone surrogate cannot be written", () => {
  assert.throws(() => new WireWriter().string("\ud800"), WireError);
  assert.throws(() => new WireWriter().string(`${"x".repeat(100)}\udfff`), WireError);
});

test("nested messages get their length in front, however long they are", () => {
  for (const size of [0, 1, 125, 126, 127, 128, 20_000]) {
    const writer = new WireWriter();
    writer.tag(1, WireType.Bytes).fork().tag(2, WireType.Bytes).fork().raw(new Uint8Array(size).fill(7)).join().join();
    writer.tag(3, WireType.Varint).uint32(5);
    const outer = new WireReader(writer.finish());
    assert.equal(outer.tag(), 0x0a);
    const inner = new WireReader(outer.bytes());
    assert.equal(inner.tag(), 0x12);
    assert.deepEqual(inner.bytes(), new Uint8Array(size).fill(7));
    assert.equal(inner.done, true);
    assert.equal(outer.tag(), 0x18);
    assert.equal(outer.uint32(), 5);
  }
});

test("bytes that fill the first buffer are handed over, and the writer goes on in another", () => {
  const part = new Uint8Array(30).fill(7);
  const writer = new WireWriter(32).tag(2, WireType.Bytes).bytes(part);
  const first = writer.finish();
  assert.deepEqual([...first], [0x12, 30, ...part]);
  assert.equal(first.buffer.byteLength, 32);
  assert.deepEqual([...writer.tag(1, WireType.Varint).varint(5).finish()], [0x08, 5]);
  assert.deepEqual([...first], [0x12, 30, ...part]);
});

test("finish empties the writer and gives bytes of their own", () => {
  const writer = new WireWriter();
  const first = writer.string("one").finish();
  const second = writer.string("two").finish();
  assert.equal(new WireReader(first).string(), "one");
  assert.equal(new WireReader(second).string(), "two");
  assert.equal(first.buffer.byteLength, 4);
});

test("truncate takes back what was written since", () => {
  const writer = new WireWriter().bytes(Uint8Array.of(1, 2));
  const length = writer.length;
  writer.tag(1, WireType.Bytes).fork().string("x");
  assert.deepEqual([...writer.truncate(length).finish()], [2, 1, 2]);
});

test("fork and join must match", () => {
  assert.throws(() => new WireWriter().join(), TypeError);
  assert.throws(() => new WireWriter().fork().finish(), TypeError);
});
