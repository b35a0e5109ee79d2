import assert from "node:assert/strict";
import { test } from "node:test";
import { WireError } from "@chancery/envoy-api/wire";
import { parseSnapshot, resourceTypes, type Snapshot, type Variant } from "@chancery/xds";
import { readNode } from "../../packages/xds/src/discovery/node.ts";
import { ClientStream } from "../../packages/xds/src/stream/client-stream.ts";
import { ProtocolError } from "../../packages/xds/src/stream/conversation.ts";
import { readRequest } from "../../packages/xds/src/stream/request.ts";
import { encodeRequest, type RequestFields } from "./harness/encode-request.ts";
import { memoryInUse } from "./harness/memory.ts";
import { mutateBytes } from "./harness/mutate-bytes.ts";
import { Random } from "./harness/random.ts";
import { report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { snapshotDocument } from "./harness/snapshot-document.ts";
import { Stopwatch } from "./harness/stopwatch.ts";

const inputs = scaled(50_000, 1_000_000);
const requestsOfAStream = 20;

for (const variant of ["sotw", "delta"] as const) {
  test(`${variant}: ${inputs.toLocaleString("en")} mutated requests are served or refused, quickly`, async (t) => {
    const random = new Random(2024);
    const snapshots = ["one", "two"].map(readSnapshot);
    const seeds = seedsOf(variant);
    const stopwatch = new Stopwatch();
    const outcomes = { served: 0, refused: 0 };
    const run = (count: number) => {
      let stream = new ClientStream({ variant });
      for (let index = 0; index < count; index++) {
        if (index % requestsOfAStream === 0) stream = new ClientStream({ variant });
        const bytes = mutateBytes(random, seeds);
        const snapshot = random.pick(snapshots);
        stopwatch.time(
          () => outcomes[outcomeOf(variant, stream, bytes, snapshot)]++,
          () => bytes.toString("hex"),
        );
      }
    };
    run(inputs / 10);
    const before = await memoryInUse();
    run(inputs);
    const after = await memoryInUse();
    const grownMb = after.heapMb + after.externalMb - before.heapMb - before.externalMb;
    report(t, { ...outcomes, "slowest ms": stopwatch.worstMs, "grown MB": grownMb });
    assert.ok(outcomes.served > 1000 && outcomes.refused > 1000);
    // What is remembered of late, and of what is shared by content the entries that wait for the next sweep.
    assert.ok(grownMb < 30, `${grownMb} MB more than before`);
  });
}

/** Throws what is neither served nor refused in the way that clients are told of. */
function outcomeOf(variant: Variant, stream: ClientStream, bytes: Buffer, snapshot: Snapshot | undefined) {
  try {
    const request = readRequest(variant, bytes, stream);
    if (request.node !== undefined) readNode(request.node);
    stream.receive(request);
    stream.observe(snapshot);
    for (let count = 0; stream.next() !== undefined; count++) assert.ok(count < 100, "it never ends");
    return "served";
  } catch (error) {
    if (error instanceof WireError || error instanceof ProtocolError) return "refused";
    throw new Error(`not refused but thrown at: ${bytes.toString("hex")}`, { cause: error });
  }
}

function readSnapshot(version: string): Snapshot {
  const parsed = parseSnapshot(snapshotDocument(version));
  assert.ok(parsed.ok, JSON.stringify(parsed.problems));
  return parsed.snapshot;
}

/** What real clients say: first requests, answers, refusals, lists, globs, reconnects. */
function seedsOf(variant: Variant): [Buffer, ...Buffer[]] {
  const requests = resourceTypes.flatMap(({ typeUrl }): RequestFields[] => [
    { node: "edge-1", typeUrl },
    { node: "edge-1", typeUrl, names: ["*"] },
    { typeUrl, nonce: "1", version: "one" },
    { typeUrl, nonce: "1", names: ["service-1", "service-2"] },
    { typeUrl, nonce: "2", version: "one", nack: "no such cluster: service-7" },
    { typeUrl, names: Array.from({ length: 50 }, (_, index) => `service-${index}`) },
    { typeUrl, names: ["xdstp://edge/envoy.config.cluster.v3.Cluster/shop/*?env=prod&zone=a"] },
    { typeUrl, names: ["service-1"], unsubscribe: ["service-2", "*"] },
    { typeUrl, names: ["*", "service-3"], initialVersions: { "service-1": "0123456789abcdef", gone: "1" } },
  ]);
  const [first = {}, ...others] = requests;
  return [encodeRequest(variant, first), ...others.map((request) => encodeRequest(variant, request))];
}
