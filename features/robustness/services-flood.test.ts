import assert from "node:assert/strict";
import { after, test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import {
  eventReportingHandlers,
  metricsServiceHandlers,
  NodeStreams,
  QuotaSharing,
  rateLimitQuotaHandlers,
  type ServiceMethod,
  tapSinkHandlers,
} from "@chancery/xds/services";
import { Crew } from "./harness/crew.ts";
import { percentile, report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { publish, serve, toCluster } from "./harness/serve.ts";

type Flood = typeof import("./harness/message-flood.ts");
type Bystander = typeof import("./harness/bystander.ts");

const flood = new Crew<Flood>(new URL("harness/message-flood.ts", import.meta.url));
const bystander = new Crew<Bystander>(new URL("harness/bystander.ts", import.meta.url));
after(async () => {
  await flood[Symbol.asyncDispose]();
  await bystander[Symbol.asyncDispose]();
});

const floodMs = scaled(2_000, 60_000);

const floodStreams = 60;

/** What is in a message: metrics, buckets, events, or the headers of a trace. */
const size = 1_000;

/** What the work on each of them costs here, so that the service and not the network is what is flooded. */
const workUs = 20;

/** A trace is handed over in one piece, so that what is done with it is to be short. */
const traceWorks = 25;

/** Far above what a good client waits on a machine that does other things too, and far below what it would notice. */
const patienceMs = 1_000;

interface FloodedService {
  readonly name: string;
  /** `work` is to be called `works` times for a message. */
  handlers(streams: NodeStreams, work: () => void): readonly ServiceMethod[];
  readonly firsts: readonly Uint8Array[];
  readonly message: Uint8Array;
  /** How often `work` is called for a message; `size` by default. */
  readonly works?: number;
}

const services: readonly FloodedService[] = [
  {
    name: "metrics",
    handlers: (streams, metric) => metricsServiceHandlers({ streams, onStream: () => ({ metric }) }),
    firsts: Array.from({ length: floodStreams }, (_, index) =>
      encode("envoy.service.metrics.v3.StreamMetricsMessage", {
        identifier: { node: { id: `flood-${index}`, cluster: "flood" } },
      }),
    ),
    message: encode("envoy.service.metrics.v3.StreamMetricsMessage", {
      envoy_metrics: Array.from({ length: size }, (_, index) => ({
        name: `cluster.upstream_rq_kind_${index}`,
        metric: [{ counter: { value: index } }],
      })),
    }),
  },
  {
    name: "reports of quotas",
    handlers(streams, work) {
      const sharing = new QuotaSharing({ ruleOf: () => ({ requests: 1_000, per: "second" }) });
      const { onClose } = sharing;
      return rateLimitQuotaHandlers({
        ...{ streams, onClose },
        onUsage(usages, stream) {
          sharing.onUsage(usages, stream);
          for (const _ of usages) work();
        },
      });
    },
    firsts: Array.from({ length: floodStreams }, () =>
      encode("envoy.service.rate_limit_quota.v3.RateLimitQuotaUsageReports", { domain: "flood" }),
    ),
    message: encode("envoy.service.rate_limit_quota.v3.RateLimitQuotaUsageReports", {
      bucket_quota_usages: Array.from({ length: size }, (_, index) => ({
        bucket_id: { bucket: { tenant: `tenant-${index}` } },
        ...{ time_elapsed: "1s", num_requests_allowed: "7" },
      })),
    }),
  },
  {
    name: "events",
    handlers: (streams, work) =>
      eventReportingHandlers({
        streams,
        onEvents(events) {
          for (const _ of events) work();
        },
      }).methods,
    firsts: Array.from({ length: floodStreams }, (_, index) =>
      encode("envoy.service.event_reporting.v3.StreamEventsRequest", {
        identifier: { node: { id: `flood-${index}` } },
      }),
    ),
    message: encode("envoy.service.event_reporting.v3.StreamEventsRequest", {
      events: Array.from({ length: size }, (_, index) => ({
        "@type": "type.googleapis.com/envoy.data.core.v3.HealthCheckEvent",
        ...{ cluster_name: `service-${index}`, health_check_failure_event: { failure_type: "NETWORK" } },
      })),
    }),
  },
  {
    name: "taps",
    works: traceWorks,
    handlers: (streams, work) =>
      tapSinkHandlers({
        streams,
        onTrace() {
          for (let count = 0; count < traceWorks; count++) work();
        },
      }).methods,
    firsts: Array.from({ length: floodStreams }, (_, index) =>
      encode("envoy.service.tap.v3.StreamTapsRequest", { identifier: { node: { id: `flood-${index}` } } }),
    ),
    message: encode("envoy.service.tap.v3.StreamTapsRequest", {
      trace: {
        http_buffered_trace: {
          request: { headers: Array.from({ length: size }, (_, index) => ({ key: `x-${index}`, value: "a" })) },
        },
      },
    }),
  },
];

for (const { name, handlers, firsts, message, works = size } of services) {
  test(`a flood of ${name}, far beyond what is taken, does not keep xDS waiting, and what is dropped is counted`, async (t) => {
    await using chancery = await serve();
    const { server, snapshots, address } = chancery;
    const maxQueuedBytes = 8 * message.length;
    const streams = new NodeStreams({ maxQueuedBytes });
    let worked = 0;
    const [method, ...more] = handlers(streams, () => {
      worked++;
      const end = performance.now() + workUs / 1_000;
      while (performance.now() < end);
    });
    assert(method !== undefined && more.length === 0);
    server.grpc.handle(method.method, method.open, method.options);
    snapshots.set("bystander", publish([toCluster("a", "1")], "1"));
    await bystander.run("arrive", address);
    const quiet = await bystander.run("watch", floodMs / 2);
    await flood.run("flood", address, { method: method.method, firsts, message });
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
    assert(worked >= (messages - floodStreams) * works, "messages were counted that were not taken");
    assert(worstQueue <= maxQueuedBytes, "the queue grew beyond its bound");
  });
}

function encode(type: string, message: object): Uint8Array {
  const encoded = encodeJson(type, message, { validate: false });
  if (encoded.ok) return encoded.bytes;
  throw new TypeError(`Cannot write this as ${type}: ${JSON.stringify(encoded.problems)}`);
}
