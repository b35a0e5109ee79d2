import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { frameOf } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";
import { PREFACE } from "./testdata/peer.ts";

/** What comes out of `chunks`, with the parts of each DATA frame put together. */
function read(chunks: readonly Buffer[]): string[] {
  const log: string[] = [];
  let parts: Buffer[] = [];
  const reader = new FrameReader({
    data(streamId, flags, length, padding) {
      log.push(`DATA ${streamId} ${flags} ${length} ${padding}`);
    },
    dataPart(part, last) {
      parts.push(part);
      if (!last) return;
      log.push(Buffer.concat(parts).toString("hex"));
      parts = [];
    },
    paused: false,
    frame: (type, flags, streamId, payload) => log.push(`${type} ${flags} ${streamId} ${payload.toString("hex")}`),
  });
  for (const chunk of chunks) reader.read(chunk);
  return log;
}

test("frames are the same wherever their bytes are cut", () => {
  const frame = fc
    .record({
      type: fc.nat({ max: 10 }),
      padded: fc.boolean(),
      streamId: fc.nat(),
      payload: fc.uint8Array({ maxLength: 40 }),
    })
    .map(({ type, padded, streamId, payload }) => {
      const bytes = Buffer.from(payload);
      if (!padded || bytes.length === 0) return frameOf(type, 0, streamId, bytes);
      bytes[0] = (bytes[0] ?? 0) % bytes.length;
      return frameOf(type, 8, streamId, bytes);
    });
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (frames, sizes) => {
        const bytes = Buffer.concat([PREFACE, ...frames]);
        const chunks: Buffer[] = [];
        for (let offset = 0, index = 0; offset < bytes.length; index++) {
          const end = offset + (sizes[index % sizes.length] ?? 1);
          chunks.push(bytes.subarray(offset, end));
          offset = end;
        }
        assert.deepEqual(read(chunks), read([bytes]));
      },
    ),
  );
});

test("padding is counted and left out", () => {
  const padded = frameOf(0, 8, 1, Buffer.from([2, 0xaa, 0xbb, 0, 0]));
  assert.deepEqual(read([PREFACE, padded]), ["DATA 1 8 5 3", "aabb"]);
  const nothing = frameOf(0, 8, 1, Buffer.from([2, 0, 0]));
  assert.deepEqual(read([Buffer.concat([PREFACE, nothing, padded])]), ["DATA 1 8 3 3", "DATA 1 8 5 3", "aabb"]);
});

test("while its sink is paused, HEADERS and what comes after them wait, and nothing else does", () => {
  const log: number[] = [];
  const sink = {
    paused: false,
    data: () => {},
    dataPart: () => log.push(0),
    frame(type: number) {
      log.push(type);
      if (type === 1) sink.paused = true;
    },
  };
  const reader = new FrameReader(sink);
  const request = [frameOf(1, 4, 1, Buffer.of(0x82)), frameOf(0, 1, 1, Buffer.of(1))];
  reader.read(Buffer.concat([PREFACE, ...request, frameOf(6, 0, 0, Buffer.alloc(8)), ...request]));
  assert.deepEqual(log, [1, 0, 6]);
  assert(reader.stopped);
  reader.read(frameOf(6, 0, 0, Buffer.alloc(8)));
  assert.deepEqual(log, [1, 0, 6]);
  sink.paused = false;
  reader.read(Buffer.alloc(0));
  assert.deepEqual(log, [1, 0, 6, 1, 0, 6]);
  assert(!reader.stopped);
});
