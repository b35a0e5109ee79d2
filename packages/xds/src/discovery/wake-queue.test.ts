import assert from "node:assert/strict";
import { test } from "node:test";
import { WakeQueue } from "./wake-queue.ts";

test("one that throws does not keep the others from running", async () => {
  const queue = new WakeQueue();
  const thrown = Promise.withResolvers<unknown>();
  process.setUncaughtExceptionCaptureCallback(thrown.resolve);
  queue.add({
    pump() {
      throw new Error("one that fails");
    },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  queue.add({ pump: resolve });
  assert.match(String(await thrown.promise), /one that fails/);
  await promise;
  process.setUncaughtExceptionCaptureCallback(null);
});
