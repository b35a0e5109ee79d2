import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { type Client, type DiscoveryEvent, resourceTypes } from "@chancery/xds";
import { LineLimit } from "./line-limit.ts";
import { logEvent } from "./log-event.ts";
import { createLogger, type LogLevel } from "./logs.ts";

const client: Client = {
  id: 1,
  node: {
    id: "edge-1",
    cluster: "edge",
    locality: { region: "", zone: "", subZone: "" },
    userAgentName: "envoy",
    clientFeatures: [],
    metadata: new Uint8Array(),
  },
  peer: { address: "10.0.0.9", port: 40000, secure: false },
  metadata: {},
  identity: undefined,
  progress: "accepted",
  group: "edge-1",
  method: "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources",
  variant: "sotw",
  openedAt: new Date(0),
  types: [],
};

const [type] = resourceTypes.filter(({ key }) => key === "clusters");
assert(type);
const response = { client, type, version: "7", nonce: "3" } as const;

test("a NACK is a warning with the node, the type, the version and what the Envoy said", () => {
  const message = "Error adding/updating cluster(s) shop";
  const [entry] = logged({ ...response, kind: "nack", error: { code: 13, message }, resources: [], culprits: [] });
  assert.partialDeepStrictEqual(entry, {
    level: "warn",
    node: "edge-1",
    cluster: "edge",
    peer: "10.0.0.9:40000",
    type: "clusters",
    version: "7",
    nonce: "3",
    code: 13,
    reason: message,
    msg: `Envoy "edge-1" refused clusters version "7": ${message}`,
  });
});

test("who connects and leaves is told at info", () => {
  for (const [kind, says] of [
    ["open", "connected"],
    ["close", "left"],
  ] as const) {
    const [entry] = logged({ kind, client });
    assert.partialDeepStrictEqual(entry, { level: "info", msg: `Envoy "edge-1" ${says} (${client.method})` });
  }
});

test("what goes well is told at debug only", () => {
  assert.deepEqual(logged({ ...response, kind: "ack" }), []);
  const [entry] = logged({ ...response, kind: "ack" }, "debug");
  assert.partialDeepStrictEqual(entry, { level: "debug", msg: 'Envoy "edge-1" took clusters version "7"' });
});

function logged(event: DiscoveryEvent, level: LogLevel = "info"): unknown[] {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const log = createLogger(stream, { level, format: "json" });
  using lines = new LineLimit(log);
  logEvent(event, { log, lines, placesOf: () => [] });
  return text.split("\n").flatMap((line) => (line === "" ? [] : JSON.parse(line)));
}
