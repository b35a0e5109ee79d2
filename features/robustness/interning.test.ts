import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientStream } from "../../packages/xds/src/stream/client-stream.ts";
import { readRequest } from "../../packages/xds/src/stream/request.ts";
import { encodeRequest } from "./harness/encode-request.ts";
import { memoryInUse } from "./harness/memory.ts";
import { report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { toCluster } from "./harness/serve.ts";
import { clusterType } from "./harness/xds-client.ts";

const count = scaled(50_000, 1_000_000);

const lives: Readonly<Record<string, (index: number) => unknown>> = {
  "lists of names": (index) => {
    const stream = new ClientStream({ variant: "sotw" });
    const names = [`a-${index}`, `b-${index}`];
    stream.receive(readRequest("sotw", encodeRequest("sotw", { node: "n", typeUrl: clusterType, names })));
    return stream;
  },
  resources: (index) => toCluster(`c-${index}`, "content"),
};

for (const [what, live] of Object.entries(lives)) {
  test(`${count.toLocaleString("en")} ${what} that nobody holds any more are forgotten`, async (t) => {
    for (let index = 0; index < 5000; index++) live(-index);
    const before = await memoryInUse();
    const all = Array.from({ length: count }, (_, index) => live(index));
    const held = await memoryInUse();
    all.length = 0;
    const gone = await memoryInUse();
    // A few turns later, as many again but not at once: what is forgotten is found while others come.
    for (let index = 0; index < count * 2; index++) {
      live(count + index);
      if (index % 1000 === 0) await new Promise(setImmediate);
    }
    const after = await memoryInUse();
    const [heldMb, goneMb, afterMb] = [held, gone, after].map(
      ({ heapMb, externalMb }) => heapMb + externalMb - before.heapMb - before.externalMb,
    );
    report(t, { "MB while held": heldMb ?? 0, "once let go": goneMb ?? 0, "after as many again": afterMb ?? 0 });
    assert.ok((goneMb ?? 0) < (heldMb ?? 0) / 4, "what is large goes at once");
    // Of each there is a weak reference left until the next sweep, which comes when there are twice as many.
    assert.ok((afterMb ?? 0) < (heldMb ?? 0) / 2, "the rest goes in time");
  });
}

test("a list of names does not keep the rest of its request alive", () => {
  const node = "n".repeat(60_000);
  const { subscribe } = readRequest("sotw", encodeRequest("sotw", { node, typeUrl: clusterType, names: ["only"] }));
  assert.equal(subscribe.bytes.buffer.byteLength, subscribe.bytes.length);
});
