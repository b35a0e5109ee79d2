import assert from "node:assert/strict";
import { test } from "node:test";
import { readServerSentEvents } from "./server-sent-events.ts";

const text =
  ': hello\n\nevent: nack\ndata: {"a": 1}\n\n:\n\ndata: é\r\ndata\r\nid: 7\r\n\r\nevent: none\n\nevent: cut\ndata: off\n';
const events = [
  { event: "nack", data: '{"a": 1}' },
  { event: "message", data: "é\n" },
];

for (const size of [1, 2, 3, 1000]) {
  test(`events are read from chunks of ${size} bytes, and one that is cut off is not`, async () => {
    assert.deepEqual(await Array.fromAsync(readServerSentEvents(chunksOf(Buffer.from(text), size))), events);
  });
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
