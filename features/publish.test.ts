import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusError } from "@chancery/xds/grpc";
import { status } from "@grpc/grpc-js";
import { adsMethods, cds, eds, resourceOf, snapshotOf, startServer } from "./harness/server.ts";

test("a client is served the layers of its groups, and a change of any of them", async () => {
  await using chancery = await startServer({ groupOf: ({ node }) => ["fleet", node.id] });
  chancery.snapshots.set("fleet", snapshotOf([cds, "a=1", "b=1"]));
  chancery.snapshots.set("n", snapshotOf([cds, "b=mine"]));
  const stream = chancery.open(adsMethods.delta);
  stream.send({ node: "n", type: cds });
  const first = await stream.next();
  assert.equal(first.count, 2);
  assert.ok(first.bytes.includes("mine"));
  stream.send({ type: cds, nonce: first.nonce });
  chancery.snapshots.update("fleet", (tx) => tx.set(resourceOf(cds, "c=1")));
  const second = await stream.next();
  assert.deepEqual([second.count, second.bytes.includes("c")], [1, true]);
});

test("what a client asks for first may choose its group too", async () => {
  await using chancery = await startServer({ groupOf: ({ node }, { typeUrl }) => (typeUrl === eds ? "all" : node.id) });
  chancery.snapshots.set("all", snapshotOf([eds, "a=1"]));
  chancery.snapshots.set("n", snapshotOf([eds, "a=mine"]));
  const [stream, other] = [chancery.open(), chancery.open()];
  stream.send({ node: "n", type: eds, names: ["a"] });
  other.send({ node: "n", type: cds });
  other.send({ type: eds, names: ["a"] });
  assert.ok(!(await stream.next()).bytes.includes("mine"));
  assert.equal((await other.next()).count, 0);
  assert.ok((await other.next()).bytes.includes("mine"));
});

test("servers of envoyproxy/ratelimit name nothing, and each response says everything", async () => {
  await using chancery = await startServer();
  const type = "type.googleapis.com/ratelimit.config.ratelimit.v3.RateLimitConfig";
  chancery.snapshots.set("default", snapshotOf([type, "a=1", "b=1"]));
  const stream = chancery.open();
  stream.send({ node: "default", type });
  const first = await stream.next();
  assert.equal(first.count, 2);
  stream.send({ node: "default", type, nonce: first.nonce });
  chancery.snapshots.update("default", (tx) => tx.set(resourceOf(type, "b=2")));
  assert.equal((await stream.next()).count, 2);
});

test("a transaction is one response, however many types and resources it changes of a type", async () => {
  await using chancery = await startServer();
  chancery.snapshots.set("n", snapshotOf([cds, "a=1"]));
  const stream = chancery.open(adsMethods.delta);
  stream.send({ node: "n", type: cds });
  stream.send({ type: cds, nonce: (await stream.next()).nonce });
  chancery.snapshots.update("n", (tx) => {
    for (const entry of ["a=2", "b=1", "c=1"]) tx.set(resourceOf(cds, entry));
  });
  assert.equal((await stream.next()).count, 3);
});

test("a commit tells when a quorum of the clients has it", async () => {
  await using chancery = await startServer();
  chancery.snapshots.set("n", snapshotOf([cds, "a=1"]));
  const [one, two] = [chancery.open(), chancery.open()];
  for (const stream of [one, two]) {
    stream.send({ node: "n", type: cds });
    stream.send({ type: cds, nonce: (await stream.next()).nonce });
  }
  const commit = chancery.snapshots.set("n", snapshotOf([cds, "a=2"]));
  const half = commit.acked({ quorum: 0.5 });
  const all = commit.acked();
  one.send({ type: cds, nonce: (await one.next()).nonce });
  assert.partialDeepStrictEqual(await half, { ok: true, refused: [] });
  two.send({ type: cds, nonce: (await two.next()).nonce, nack: "no" });
  const { ok, acked, refused, waiting } = await all;
  assert.deepEqual([ok, acked.length, refused.length, waiting.length], [false, 1, 1, 0]);
});

test("a commit that nobody answers in time says who is waited for", async () => {
  await using chancery = await startServer();
  chancery.snapshots.set("n", snapshotOf([cds, "a=1"]));
  const stream = chancery.open();
  stream.send({ node: "n", type: cds });
  await stream.next();
  const { ok, waiting } = await chancery.snapshots.set("n", snapshotOf([cds, "a=2"])).acked({ timeoutMs: 20 });
  assert.deepEqual([ok, waiting.length], [false, 1]);
  await assert.rejects(chancery.snapshots.set("n", snapshotOf([cds])).acked({ quorum: 2 }), RangeError);
});

test("hooks find out who a client is, choose its group, and hear of its answers and its end (P22)", async () => {
  const heard: string[] = [];
  const closed = Promise.withResolvers<void>();
  await using chancery = await startServer({
    hooks: {
      authenticate: async ({ metadata }) => ({ team: metadata.team }),
      authorize: ({ identity }) => void heard.push(`authorize ${JSON.stringify(identity)}`),
      onAck: (_, { version }) => void heard.push(`ack ${version}`),
      async onNack(_, { error }) {
        heard.push(`nack ${error.message}`);
        throw new StatusError(10, "two is too many");
      },
      onClose: () => closed.resolve(),
    },
    groupOf: async ({ identity }) => (identity as { team: string }).team, // what authenticate returned
  });
  chancery.snapshots.set("blue", snapshotOf([cds, "a=1"]));
  const stream = chancery.open(adsMethods.sotw, { team: "blue" });
  stream.send({ node: "n", type: cds });
  const { nonce, version } = await stream.next();
  stream.send({ type: cds, nonce });
  chancery.snapshots.set("blue", snapshotOf([cds, "a=2"]));
  stream.send({ type: cds, nonce: (await stream.next()).nonce, nack: "no" });
  assert.equal((await stream.status).code, status.ABORTED);
  await closed.promise;
  assert.deepEqual(heard, [`authorize {"team":"blue"}`, `ack ${version}`, "nack no"]);
});

const tooMuch = {
  maxNamesPerType: { node: "n", type: eds, names: ["a", "b", "c"] },
  maxNodeBytes: { node: "n".repeat(100), type: cds },
} as const;

for (const [limit, request] of Object.entries(tooMuch)) {
  test(`a client that goes beyond ${limit} is told so, and counted`, async () => {
    await using chancery = await startServer({ limits: { [limit]: 2 + (limit === "maxNodeBytes" ? 50 : 0) } });
    const stream = chancery.open();
    stream.send(request);
    const { code, details } = await stream.status;
    assert.equal(code, status.RESOURCE_EXHAUSTED);
    assert.match(details, /limit/);
    assert.deepEqual(chancery.server.discovery.stats.limited, { [limit]: 1 });
  });
}

test("a client with too many types is told so", async () => {
  await using chancery = await startServer({ limits: { maxTypesPerStream: 2 } });
  const stream = chancery.open();
  stream.send({ node: "n", type: "x/a" });
  stream.send({ type: "x/b" });
  stream.send({ type: "x/c" });
  assert.equal((await stream.status).code, status.RESOURCE_EXHAUSTED);
});

test("what has a time to live is named again before that is over (P86)", async () => {
  await using chancery = await startServer();
  chancery.snapshots.update("n", (tx) => tx.set(resourceOf(cds, "a=1", 40)));
  const stream = chancery.open(adsMethods.delta);
  stream.send({ node: "n", type: cds });
  const first = await stream.next();
  stream.send({ type: cds, nonce: first.nonce });
  const beat = await stream.next();
  assert.ok(beat.count === 1 && beat.bytes.length < first.bytes.length);
});
