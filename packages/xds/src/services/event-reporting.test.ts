import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { status } from "@grpc/grpc-js";
import { callBidi, collect, grpcClient, type Stream, statusOf } from "../grpc/testdata/grpc-client.ts";
import { serve } from "../grpc/testdata/serve.ts";
import { type EventReportingOptions, eventReportingHandlers } from "./event-reporting.ts";
import { NodeStreams } from "./node-streams.ts";
import type { ReportedEvent } from "./reported-event.ts";
import { encode } from "./testdata/messages.ts";

const identifier = { node: { id: "edge-1", cluster: "edge" } };
const host = { socket_address: { address: "10.0.0.1", port_value: 80 } };
const timestamp = "2026-11-25T00:00:00.25Z";
const atMs = 1_795_564_800_250;

test("events of health checks and of outlier detection are read, and what Envoy said is there as JSON", async (t) => {
  const { send, events, taken } = await start(t);
  await send([
    { identifier, events: [healthCheck({ eject_unhealthy_event: { failure_type: "ACTIVE", http_status_code: 503 } })] },
    { identifier: { node: { id: "another" } }, events: [outlier({ eject_consecutive_event: {} })] },
  ]);
  const [first, second] = events;
  const about = { cluster: "shop", address: "10.0.0.1:80", atMs };
  assert.partialDeepStrictEqual(first, {
    ...{ kind: "health-check", ...about, checker: "HTTP", what: "unhealthy", failure: "ACTIVE", httpStatus: 503 },
    ...{ firstCheck: false, locality: { region: "eu", zone: "1", subZone: "" } },
  });
  assert.partialDeepStrictEqual(second, {
    ...{ kind: "outlier", ...about, what: "ejected", reason: "CONSECUTIVE_5XX", enforced: true, ejections: 3 },
    ...{ sinceLastSeconds: 12 },
  });
  assert.partialDeepStrictEqual(first?.toJson(), { cluster_name: "shop", locality: { region: "eu" } });
  assert.deepEqual(taken, ["edge-1", "edge-1"]);
});

test("everything that a check may come to has a word", async (t) => {
  const { send, events } = await start(t);
  const found = [
    { add_healthy_event: { first_check: true } },
    { health_check_failure_event: { failure_type: "NETWORK", first_check: true } },
    { health_check_failure_event: { failure_type: "NETWORK_TIMEOUT", http_status_code: 500 } },
    { successful_health_check_event: {} },
    { degraded_healthy_host: {} },
    { no_longer_degraded_host: {} },
    {},
  ];
  await send([{ identifier, events: [...found.map(healthCheck), outlier({ action: "UNEJECT", enforced: false })] }]);
  const lines = events.map((event) => {
    if (event.kind === "outlier") return [event.what, event.enforced];
    return [event.what, event.failure, event.httpStatus, event.firstCheck];
  });
  assert.deepEqual(lines, [
    ["healthy", "", 0, true],
    ["failed", "NETWORK", 0, true],
    ["failed", "NETWORK_TIMEOUT", 500, false],
    ["passed", "", 0, false],
    ["degraded", "", 0, false],
    ["no-longer-degraded", "", 0, false],
    ["", "", 0, false],
    ["back", false],
  ]);
});

test("events of other types are passed over, and counted; so is what is malformed within one that is known", async (t) => {
  const { open, events, reporting } = await start(t);
  const stream = open();
  stream.write(
    encode(request, { identifier, events: [{ "@type": "type.googleapis.com/google.protobuf.Empty", value: {} }] }),
  );
  stream.write(raw("type.googleapis.com/envoy.data.core.v4.Unheard", [1, 2, 3]));
  stream.write(raw("type.googleapis.com/constructor", []));
  stream.write(raw("type.googleapis.com/envoy.data.core.v3.HealthCheckEvent", [0x1a, 0x7f]));
  stream.write(raw("type.googleapis.com/envoy.data.core.v3.HealthCheckEvent", [0x5a, 0x02, 0x0a, 0x7f]));
  stream.end();
  assert.equal((await statusOf(stream)).code, status.OK);
  assert.deepEqual(
    events.map((event) => [event.cluster, event.toJson()]),
    [
      ["", undefined],
      ["", undefined],
    ],
  );
  assert.partialDeepStrictEqual(reporting.stats, { events: 2, unknownEvents: 3, droppedEvents: 0 });
});

test("a message of many events comes in portions", async (t) => {
  const { send, events, calls } = await start(t);
  await send([{ identifier, events: Array.from({ length: 1000 }, () => outlier({})) }]);
  assert.equal(events.length, 1000);
  assert(calls() > 10, `${calls()} calls for 1,000 events`);
});

test("events in messages that are dropped are counted", async (t) => {
  const { open, events, reporting } = await start(t, { streams: new NodeStreams({ maxQueuedBytes: 1 }) });
  const streams = Array.from({ length: 10 }, open);
  for (const stream of streams) {
    stream.write(encode(request, { identifier, events: [outlier({}), outlier({})] }));
    stream.end();
  }
  const codes = await Promise.all(streams.map(async (stream) => (await statusOf(stream)).code));
  const { droppedEvents } = reporting.stats;
  assert(droppedEvents > 0, "nothing was dropped");
  assert.equal(events.length + droppedEvents, 2 * codes.filter((code) => code === status.OK).length);
});

test("nobody is answered; who does not say who it is, is refused", async (t) => {
  const { open } = await start(t);
  const stream = open();
  stream.write(encode(request, { identifier }));
  stream.end();
  assert.deepEqual(await collect(stream).then(({ messages, status: { code } }) => [messages, code]), [[], status.OK]);
  const stranger = open();
  stranger.write(encode(request, { events: [outlier({})] }));
  assert.equal((await statusOf(stranger)).code, status.INVALID_ARGUMENT);
  const broken = open();
  broken.write(encode(request, { identifier }));
  broken.write(Buffer.from([0x12, 0x7f]));
  assert.equal((await statusOf(broken)).code, status.INVALID_ARGUMENT);
});

const request = "envoy.service.event_reporting.v3.StreamEventsRequest";

async function start(t: TestContext, options: Partial<EventReportingOptions> = {}) {
  const events: ReportedEvent[] = [];
  const taken: string[] = [];
  let calls = 0;
  const reporting = eventReportingHandlers({
    onEvents(some, { node }) {
      calls++;
      events.push(...some);
      taken.push(node.id);
    },
    ...options,
  });
  const { address } = await serve(t, Object.fromEntries(reporting.methods.map(({ method, open }) => [method, open])));
  const client = grpcClient(t, address);
  const [{ method = "" } = {}] = reporting.methods;
  const open = (): Stream => callBidi(client, method);
  return {
    ...{ events, taken, reporting, open, calls: () => calls },
    async send(messages: readonly object[]) {
      const stream = open();
      for (const message of messages) stream.write(encode(request, message));
      stream.end();
      assert.equal((await statusOf(stream)).code, status.OK);
    },
  };
}

function healthCheck(found: object): object {
  return {
    "@type": "type.googleapis.com/envoy.data.core.v3.HealthCheckEvent",
    ...{ health_checker_type: "HTTP", host, cluster_name: "shop", timestamp, locality: { region: "eu", zone: "1" } },
    ...found,
  };
}

function outlier(more: object): object {
  return {
    "@type": "type.googleapis.com/envoy.data.cluster.v3.OutlierDetectionEvent",
    ...{ type: "CONSECUTIVE_5XX", timestamp, secs_since_last_action: "12", cluster_name: "shop" },
    ...{ upstream_url: "10.0.0.1:80", action: "EJECT", num_ejections: 3, enforced: true },
    ...more,
  };
}

/** A message with one event, of any bytes. */
function raw(typeUrl: string, value: readonly number[]): Buffer {
  const any = new WireWriter();
  any.tag(1, WireType.Bytes).string(typeUrl);
  any.tag(2, WireType.Bytes).bytes(Buffer.from(value));
  return Buffer.from(new WireWriter().tag(2, WireType.Bytes).bytes(any.finish()).finish());
}
