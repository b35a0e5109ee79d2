import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import {
  type DiscoveryEvent,
  parseSnapshot,
  type Snapshot,
  Snapshots,
  XdsServer,
  type XdsServerOptions,
} from "@chancery/xds";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { z } from "zod";
import { TestStream } from "./harness/client.ts";
import { adsMethods, cds } from "./harness/server.ts";

const service = "/envoy.service.status.v3.ClientStatusDiscoveryService";
const sds = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

for (const variant of ["sotw", "delta"] as const) {
  test(`csds: ${variant}: a resource is stale until it is answered, then synced, or an error with its reason`, async () => {
    await using chancery = await start();
    const { snapshots, open, told, show } = chancery;
    snapshots.set("n", snapshotOf({ clusters: [cluster("a", "1s"), cluster("b", "1s")] }));
    const stream = open(adsMethods[variant]);
    stream.send({ node: "n", type: cds });
    const first = await stream.next();
    assert.deepEqual(statesOf(show()), { a: "STALE", b: "STALE" });
    stream.send({ type: cds, nonce: first.nonce });
    await told("ack");
    assert.deepEqual(statesOf(show()), { a: "SYNCED", b: "SYNCED" });

    snapshots.set("n", snapshotOf({ clusters: [cluster("a", "1s"), cluster("b", "2s")] }));
    assert.deepEqual(statesOf(show()), { a: "SYNCED", b: "NOT_SENT" });
    const second = await stream.next();
    assert.deepEqual(statesOf(show()), { a: "SYNCED", b: "STALE" });
    stream.send({ type: cds, nonce: second.nonce, nack: "no b" });
    await told("nack");
    assert.deepEqual(statesOf(show()), { a: "SYNCED", b: "ERROR" });

    const refused = show()[0]?.genericXdsConfigs?.find(({ name }) => name === "b");
    assert.partialDeepStrictEqual(refused, {
      typeUrl: cds,
      xdsConfig: { "@type": cds, name: "b", connectTimeout: "1s" },
      errorState: { failedConfiguration: { "@type": cds, name: "b", connectTimeout: "2s" }, details: "no b" },
    });
  });
}

for (const nackPolicy of ["rollback", "quarantine"] as const) {
  test(`csds: with the policy ${nackPolicy} a refused resource is an error also while the client takes others`, async () => {
    await using chancery = await start({ nackPolicy });
    const { snapshots, open, told, show } = chancery;
    snapshots.set("n", snapshotOf({ clusters: [cluster("a", "1s"), cluster("b", "1s")] }));
    const stream = open();
    stream.send({ node: "n", type: cds });
    stream.send({ type: cds, nonce: (await stream.next()).nonce });
    await told("ack");
    snapshots.set("n", snapshotOf({ clusters: [cluster("a", "1s"), cluster("b", "2s")] }));
    stream.send({ type: cds, nonce: (await stream.next()).nonce, nack: 'no "b"' });
    stream.send({ type: cds, nonce: (await stream.next()).nonce });
    await told("ack");
    assert.deepEqual(statesOf(show()), { a: "SYNCED", b: "ERROR" });
    const refused = show()[0]?.genericXdsConfigs?.find(({ name }) => name === "b");
    assert.partialDeepStrictEqual(refused?.errorState, { details: 'no "b"' });
  });
}

test("csds: only what the client asks for is shown", async () => {
  await using chancery = await start();
  chancery.snapshots.set(
    "n",
    snapshotOf({ clusters: [cluster("a", "1s"), cluster("b", "1s")], listeners: [{ name: "l" }] }),
  );
  const stream = chancery.open();
  stream.send({ node: "n", type: cds, names: ["b"] });
  await stream.next();
  assert.deepEqual(statesOf(chancery.show()), { b: "STALE" });
});

test("csds: secrets are not shown, and contents only if they are wanted", async () => {
  await using chancery = await start();
  const key = { private_key: { inline_string: "very private" }, certificate_chain: { inline_string: "chain" } };
  chancery.snapshots.set("n", snapshotOf({ secrets: [{ name: "s", tls_certificate: key }] }));
  const stream = chancery.open();
  stream.send({ node: "n", type: sds, names: ["s"] });
  await stream.next();
  const shown = JSON.stringify(chancery.show());
  assert.doesNotMatch(shown, /very private/);
  assert.match(shown, /chain/);
  assert.match(shown, /\[redacted\]/);
  const [bare] = chancery.show({ exclude_resource_contents: true });
  assert.deepEqual(statesOf(bare === undefined ? [] : [bare]), { s: "STALE" });
  assert.equal(bare?.genericXdsConfigs?.[0]?.xdsConfig, undefined);
});

test("csds: a client is shown if one of the matchers matches its node", async () => {
  await using chancery = await start();
  const events = chancery.told;
  for (const node of ["edge-1", "edge-2", "other"]) {
    chancery.open().send({ node, type: cds });
    await events("open");
  }
  const ids = (...node_matchers: object[]) => chancery.show({ node_matchers }).map(({ node }) => node.id);
  assert.deepEqual(ids(), ["edge-1", "edge-2", "other"]);
  assert.deepEqual(ids({ node_id: { prefix: "edge" } }), ["edge-1", "edge-2"]);
  assert.deepEqual(ids({ node_id: { exact: "edge-2" } }, { node_id: { suffix: "er" } }), ["edge-2", "other"]);
});

test("csds: a request that is not valid is refused with its place", async () => {
  await using chancery = await start();
  const wrong = (body: unknown) => {
    const answer = chancery.server.clientStatus(body);
    assert(!answer.ok);
    return answer.problems.map(({ path }) => path);
  };
  assert.deepEqual(wrong({ node_matcher: [] }), [""]);
  assert.deepEqual(wrong({ node_matchers: [{ node_id: {} }] }), ["node_matchers[0].node_id"]);
  assert.deepEqual(wrong({ node_matchers: [{ node_id: { safe_regex: { regex: "(" } } }] }), ["node_matchers[0]"]);
});

test("csds: both methods answer over gRPC, the stream as often as it is asked", async () => {
  await using chancery = await start({ csds: true });
  chancery.snapshots.set("n", snapshotOf({ clusters: [cluster("a", "1s")] }));
  const stream = chancery.open();
  stream.send({ node: "n", type: cds });
  const { nonce } = await stream.next();
  const client = new Client(chancery.target, credentials.createInsecure());
  try {
    assert.deepEqual(statesOf(readResponse(await fetchStatus(client, {}))), { a: "STALE" });
    const call = client.makeBidiStreamRequest(`${service}/StreamClientStatus`, pass, pass);
    call.write(encodeRequest({}));
    assert.deepEqual(statesOf(readResponse((await once(call, "data"))[0])), { a: "STALE" });
    stream.send({ type: cds, nonce });
    await chancery.told("ack");
    call.write(encodeRequest({ exclude_resource_contents: true }));
    assert.deepEqual(statesOf(readResponse((await once(call, "data"))[0])), { a: "SYNCED" });
    call.write(encodeRequest({}));
    call.end();
    assert.deepEqual(statesOf(readResponse((await once(call, "data"))[0])), { a: "SYNCED" }, "answered before the end");
    await once(call, "status");
    const bad = fetchStatus(client, { node_matchers: [{ node_id: { safe_regex: { regex: "(" } } }] });
    await assert.rejects(bad, ({ code }: ServiceError) => code === status.INVALID_ARGUMENT);
    const none = client.makeBidiStreamRequest(`${service}/StreamClientStatus`, pass, pass);
    none.write(Buffer.from("{}"));
    const [error] = await once(none, "error");
    assert.match(error.details, /^must be a valid envoy\.service\.status\.v3\.ClientStatusRequest/);
  } finally {
    client.close();
  }
});

test("csds: over gRPC it is only there if asked for, and only for peers that may see it", async () => {
  for (const [csds, code] of [
    [undefined, status.UNIMPLEMENTED],
    [() => false, status.PERMISSION_DENIED],
  ] as const) {
    await using chancery = await start(csds && { csds });
    const client = new Client(chancery.target, credentials.createInsecure());
    await assert.rejects(fetchStatus(client, {}), (error: ServiceError) => error.code === code);
    client.close();
  }
});

const json = z.record(z.string(), z.unknown());

const response = z.object({
  config: z
    .array(
      z.object({
        node: z.looseObject({ id: z.string() }),
        genericXdsConfigs: z
          .array(
            z.looseObject({
              typeUrl: z.string(),
              name: z.string(),
              configStatus: z.string(),
              xdsConfig: json.optional(),
              errorState: json.optional(),
            }),
          )
          .optional(),
      }),
    )
    .default([]),
});

type Configs = z.infer<typeof response>["config"];

/** A server, and what its events and its client status service say. */
async function start(options: Omit<XdsServerOptions, "snapshots"> = {}) {
  const snapshots = new Snapshots();
  const server = new XdsServer({ ...options, snapshots });
  const { host, port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const events = server.events();
  const streams: TestStream[] = [];
  return {
    snapshots,
    server,
    target: `${host}:${port}`,
    open(method: string = adsMethods.sotw): TestStream {
      const stream = new TestStream({ host, port }, method);
      streams.push(stream);
      return stream;
    },
    /** Waits for the next event of a kind. */
    async told(kind: DiscoveryEvent["kind"]): Promise<void> {
      for (;;) {
        const { value, done } = await events.next();
        assert(!done, `the events are over without ${kind}`);
        if (value.kind === kind) return;
      }
    },
    show(request: object = {}): Configs {
      const answer = server.clientStatus(request);
      assert(answer.ok);
      return response.parse({ config: [...answer.configs] }).config;
    },
    async [Symbol.asyncDispose]() {
      for (const stream of streams) stream.close();
      await server.close();
    },
  };
}

function statesOf(configs: Configs): Record<string, string> {
  const resources = configs.flatMap(({ genericXdsConfigs = [] }) => genericXdsConfigs);
  return Object.fromEntries(resources.map(({ name, configStatus }) => [name, configStatus]));
}

function cluster(name: string, timeout: string): object {
  return { name, connect_timeout: timeout };
}

function snapshotOf(resources: Readonly<Record<string, readonly object[]>>): Snapshot {
  const parsed = parseSnapshot({ resources });
  assert(parsed.ok);
  return parsed.snapshot;
}

const pass = (bytes: Buffer) => bytes;

function fetchStatus(client: Client, request: object): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  client.makeUnaryRequest(`${service}/FetchClientStatus`, pass, pass, encodeRequest(request), (error, bytes) => {
    if (error !== null || bytes === undefined) reject(error);
    else resolve(bytes);
  });
  return promise;
}

function encodeRequest(request: object): Buffer {
  const encoded = encodeJson("envoy.service.status.v3.ClientStatusRequest", request);
  assert(encoded.ok);
  return Buffer.from(encoded.bytes);
}

function readResponse(bytes: Uint8Array): Configs {
  const message = decodeToJson("envoy.service.status.v3.ClientStatusResponse", bytes, { names: "json" });
  return response.parse(message).config;
}
