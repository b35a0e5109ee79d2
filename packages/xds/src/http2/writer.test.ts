import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Writer } from "./writer.ts";

/** A writer, and what it has written so far. */
function writerTo(): { readonly writer: Writer; readonly writes: readonly string[] } {
  const writes: string[] = [];
  const socket = new Duplex({
    read() {},
    write(chunk, _, taken) {
      writes.push(String(chunk));
      taken();
    },
  });
  return { writer: new Writer(socket, () => {}), writes };
}

test("what is pushed at once leaves as one write, also what promises that were kept lead to", async () => {
  const { writer, writes } = writerTo();
  writer.push(Buffer.from("head"));
  void Promise.resolve()
    .then(() => {})
    .then(() => writer.push(Buffer.from("ers, message")));
  await setImmediate();
  writer.push(Buffer.from("more"));
  await setImmediate();
  assert.deepEqual(writes, ["headers, message", "more"]);
});

test("what is held leaves with what is pushed next, in front of it", async () => {
  const { writer, writes } = writerTo();
  writer.hold(Buffer.from("settings"));
  await setImmediate();
  assert.deepEqual(writes, []);
  assert.equal(writer.queuedBytes, 8);
  writer.push(Buffer.from(", answer"));
  await setImmediate();
  assert.deepEqual(writes, ["settings, answer"]);
});
