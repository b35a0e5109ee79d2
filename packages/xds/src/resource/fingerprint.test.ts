import assert from "node:assert/strict";
import { test } from "node:test";
import { Fingerprint } from "./fingerprint.ts";

const base = Buffer.from("a resource with a name, an address 10.0.0.1 and a port 8080, and some bytes more");

test("bytes that differ in a bit, in two digits, or in length have other fingerprints", () => {
  const all: Buffer[] = [base];
  for (let at = 0; at < base.length; at++) {
    all.push(base.subarray(0, at));
    for (let bit = 0; bit < 8; bit++) all.push(changed([at, 1 << bit]));
    for (let other = 0; other < at; other++) for (const bit of [1, 0x80]) all.push(changed([at, bit], [other, bit]));
  }
  for (const side of ["high", "low"] as const) {
    // Each half by itself has 32 bits: among so few not even one of them is the same twice but by chance.
    const same = all.length - new Set(all.map((bytes) => fingerprintOf(bytes)[side])).size;
    assert.ok(same <= 1, `${same} of ${all.length} are the same, ${side}`);
  }
});

test("half of the bits change with any bit", () => {
  const before = fingerprintOf(base);
  for (let at = 0; at < base.length; at++) {
    const after = fingerprintOf(changed([at, 0x80]));
    const bits = ones(before.high ^ after.high) + ones(before.low ^ after.low);
    assert.ok(bits > 14 && bits < 50, `${bits} bits change with byte ${at}`);
  }
});

test("what stands around the bytes does not count", () => {
  const fingerprint = new Fingerprint();
  const view = new DataView(new ArrayBuffer(16));
  fingerprint.take(view, 3, 10);
  const { high, low } = fingerprint;
  view.setUint8(2, 255);
  view.setUint8(10, 255);
  fingerprint.take(view, 3, 10);
  assert.deepEqual({ ...fingerprint }, { high, low });
});

function fingerprintOf(bytes: Buffer): Fingerprint {
  const fingerprint = new Fingerprint();
  fingerprint.take(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  return fingerprint;
}

function changed(...bits: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.from(base);
  for (const [at, bit] of bits) bytes[at] = (bytes[at] as number) ^ bit;
  return bytes;
}

function ones(word: number): number {
  return (word >>> 0).toString(2).replaceAll("0", "").length;
}
