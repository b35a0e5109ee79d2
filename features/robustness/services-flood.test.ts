import assert from "node:assert/strict";
import { after, test } from "node:test";
import { metricsServiceHandlers, NodeStreams } from "@chancery/xds/services";
import { Crew } from "./harness/crew.ts";
import { percentile, report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { publish, serve, toCluster } from "./harness/serve.ts";

type Flood = typeof import("./harness/metrics-flood.ts");
type Bystander = typeof import("./harness/bystander.ts");

const flood = new Crew<Flood>(new URL("harness/metrics-flood.ts", import.meta.url));
const bystander = new Crew<Bystander>(new URL("harness/bystander.ts", import.meta.url));
after(async () => {
  await flood[Symbol.asyncDispose]();
  await bystander[Symbol.asyncDispose]();
});

const floodMs = scaled(2_000, 60_000);

const floodStreams = 60;

/** What the work on each metric costs here, so that the service and not the network is what is flooded. */
const workUs = 20;

/** Far above what a good client waits on a machine that does other things too, and far below what it would notice. */
const patienceMs = 1_000;

test("a flood of metrics, far beyond what is taken, does not keep xDS waiting, and what is dropped is counted", async (t) => {
  await using chancery = await serve();
  const { server, snapshots, address } = chancery;
  const maxQueuedBytes = 1_000_000;
  const streams = new NodeStreams({ maxQueuedBytes });
  let metrics = 0;
  const methods = metricsServiceHandlers({
    streams,
    onStream: () => ({
      metric() {
        metrics++;
        const end = performance.now() + workUs / 1_000;
        while (performance.now() < end);
      },
    }),
  });
  for (const { method, open, options } of methods) server.grpc.handle(method, open, options);
  snapshots.set("bystander", publish([toCluster("a", "1")], "1"));
  await bystander.run("arrive", address);
  const quiet = await bystander.run("watch", floodMs / 2);
  await flood.run("flood", address, floodStreams);
  let worstQueue = 0;
  const timer = setInterval(() => {
    worstQueue = Math.max(worstQueue, streams.stats.queuedBytes);
  }, 5);
  const seen = await bystander.run("watch", floodMs);
  clearInterval(timer);
  await flood.run("stop");
  const { messages, droppedMessages, refusedOverloaded } = streams.stats;
  const show = (latencies: readonly number[]) =>
    [0.5, 0.99, 1].map((share) => percentile(latencies, share).toFixed(1)).join(", ");
  report(t, {
    "good client's latency ms, median, 99 % and worst": show(seen.latencies),
    quiet: show(quiet.latencies),
    "messages taken": messages,
    dropped: droppedMessages,
    "streams refused": refusedOverloaded,
    "most bytes in the queue": worstQueue,
  });
  assert.equal(seen.lost, 0);
  assert(percentile(seen.latencies, 0.99) < patienceMs, "the good client waited");
  assert(droppedMessages > 0, "nothing was dropped: it was no flood");
  // The first of each stream has none.
  assert(metrics >= (messages - floodStreams) * 1_000, "messages were counted that were not taken");
  assert(worstQueue <= maxQueuedBytes, "the queue grew beyond its bound");
});
