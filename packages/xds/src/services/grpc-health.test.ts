import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { status } from "@grpc/grpc-js";
import { unary } from "../grpc/index.ts";
import { callBidi, callUnary, grpcClient, nextMessage } from "../grpc/testdata/grpc-client.ts";
import { XdsServer } from "../server.ts";
import { Snapshots } from "../snapshot/snapshots.ts";

const check = "/grpc.health.v1.Health/Check";
const watch = "/grpc.health.v1.Health/Watch";

test("the server is healthy, and so is each service that it has", async (t) => {
  const client = await start(t);
  for (const service of [
    "",
    "envoy.service.discovery.v3.AggregatedDiscoveryService",
    "envoy.service.cluster.v3.ClusterDiscoveryService",
    "test.Added",
  ]) {
    assert.deepEqual([...(await callUnary(client, check, ask(service)))], [0x08, 1], service);
  }
});

test("of a service that there is not it says so", async (t) => {
  const client = await start(t);
  for (const service of ["test", "test.Adde", "test.Added/Do", "other"]) {
    await assert.rejects(callUnary(client, check, ask(service)), { code: status.NOT_FOUND }, service);
  }
  await assert.rejects(callUnary(client, check, Buffer.from("{}")), { code: status.INVALID_ARGUMENT });
});

test("who watches a service is told at once", async (t) => {
  const client = await start(t);
  for (const [service, state] of [
    ["test.Added", 1],
    ["other", 3],
  ] as const) {
    const stream = callBidi(client, watch);
    stream.write(ask(service));
    assert.deepEqual([...(await nextMessage(stream))], [0x08, state]);
    stream.cancel();
  }
});

function ask(service: string): Buffer {
  return Buffer.from(new WireWriter().tag(1, WireType.Bytes).string(service).finish());
}

async function start(t: TestContext) {
  const server = new XdsServer({ snapshots: new Snapshots() });
  server.grpc.handle(
    "/test.Added/Do",
    unary((bytes) => bytes),
  );
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => server.close());
  return grpcClient(t, address);
}
