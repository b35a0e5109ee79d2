import assert from "node:assert/strict";
import { test } from "node:test";
import { resourceTypes } from "@chancery/xds";
import { StatusError } from "@chancery/xds/grpc";
import { status } from "@grpc/grpc-js";
import { adsMethods, cds, eds, lds, methodOf, rds, snapshotOf, startServer } from "./harness/server.ts";

for (const [variant, method] of Object.entries(adsMethods)) {
  test(`${variant}: only the first request carries the node, for all types of the stream (P1)`, async () => {
    await using chancery = await startServer();
    chancery.snapshots.set("n", snapshotOf([cds, "a=1"], [lds, "l=1"]));
    const stream = chancery.open(method);
    stream.send({ node: "n", type: cds });
    const clusters = await stream.next();
    assert.equal(clusters.count, 1);
    stream.send({ type: cds, nonce: clusters.nonce });
    stream.send({ type: lds });
    assert.deepEqual([(await stream.next()).type], [lds]);
  });

  test(`${variant}: another node later on the stream ends it (P2)`, async () => {
    await using chancery = await startServer();
    const stream = chancery.open(method);
    stream.send({ node: "n", type: cds });
    stream.send({ node: "m", type: cds });
    const { code, details } = await stream.status;
    assert.equal(code, status.INVALID_ARGUMENT);
    assert.match(details, /cannot change from "n" to "m"/);
  });

  test(`${variant}: a first request without node ends the stream`, async () => {
    await using chancery = await startServer();
    const stream = chancery.open(method);
    stream.send({ type: cds });
    assert.equal((await stream.status).code, status.INVALID_ARGUMENT);
  });

  test(`${variant}: a request without type ends an aggregated stream (P3)`, async () => {
    await using chancery = await startServer();
    const stream = chancery.open(method);
    stream.send({ node: "n" });
    const { code, details } = await stream.status;
    assert.equal(code, status.INVALID_ARGUMENT);
    assert.match(details, /type_url is required/);
  });

  test(`${variant}: a request that is no message ends its stream and no other`, async () => {
    await using chancery = await startServer();
    chancery.snapshots.set("n", snapshotOf([cds, "a=1"]));
    const [bad, good] = [chancery.open(method), chancery.open(method)];
    bad.sendBytes(Buffer.from("ff", "hex"));
    assert.equal((await bad.status).code, status.INVALID_ARGUMENT);
    good.send({ node: "n", type: cds });
    assert.equal((await good.next()).count, 1);
  });

  test(`${variant}: the nonces of a stream all differ, and the type is that of the resources (P7, P10)`, async () => {
    await using chancery = await startServer();
    const stream = chancery.open(method);
    stream.send({ node: "n", type: eds, names: ["a"] });
    const nonces = new Set<string>();
    for (let round = 1; round <= 5; round++) {
      chancery.snapshots.set("n", snapshotOf([eds, `a=${round}`]));
      const heard = await stream.next();
      assert.equal(heard.type, eds);
      assert.ok(heard.bytes.includes(`\n${String.fromCharCode(eds.length)}${eds}`), "the Any says the same type");
      assert.notEqual(heard.nonce, "");
      nonces.add(heard.nonce);
      stream.send({ type: eds, names: ["a"], nonce: heard.nonce });
    }
    assert.equal(nonces.size, 5);
  });

  test(`${variant}: a stream that closes leaves nothing behind (P16)`, async () => {
    const closed = Promise.withResolvers<void>();
    await using chancery = await startServer({ onEvent: ({ kind }) => kind === "close" && closed.resolve() });
    chancery.snapshots.set("n", snapshotOf([cds, "a=1"]));
    const stream = chancery.open(method);
    stream.send({ node: "n", type: cds });
    await stream.next();
    assert.equal(chancery.server.discovery.clients.size, 1);
    stream.close();
    await closed.promise;
    assert.equal(chancery.server.discovery.clients.size, 0);
  });

  test(`${variant}: hooks may refuse a stream, or a request, with a status of theirs (P22)`, async () => {
    await using chancery = await startServer({
      hooks: {
        async authorize({ node }) {
          if (node.id === "stranger") throw new StatusError(7, "who is that?");
        },
        onRequest(_, { typeUrl }) {
          if (typeUrl === rds) throw new StatusError(8, "no routes today");
        },
      },
    });
    chancery.snapshots.set("n", snapshotOf([cds, "a=1"]));
    const [stranger, greedy, friend] = [chancery.open(method), chancery.open(method), chancery.open(method)];
    stranger.send({ node: "stranger", type: cds });
    greedy.send({ node: "n", type: rds, names: ["r"] });
    friend.send({ node: "n", type: cds });
    assert.equal((await stranger.status).code, status.PERMISSION_DENIED);
    const { code, details } = await greedy.status;
    assert.deepEqual([code, details], [status.RESOURCE_EXHAUSTED, "no routes today"]);
    assert.equal((await friend.next()).count, 1);
  });
}

for (const type of resourceTypes) {
  for (const variant of ["sotw", "delta"] as const) {
    if (type.methods[variant] === undefined) continue;
    test(`${type.key} are served by ${type.methods[variant]} (P4, P5)`, async () => {
      await using chancery = await startServer();
      chancery.snapshots.set("n", snapshotOf([type.typeUrl, "x=1"]));
      const stream = chancery.open(methodOf(type.typeUrl, variant));
      stream.send({ node: "n", names: ["x"] });
      const heard = await stream.next();
      assert.deepEqual([heard.type, heard.count], [type.typeUrl, 1]);
      stream.send({ type: "type.googleapis.com/acme.Other" });
      assert.equal((await stream.status).code, status.INVALID_ARGUMENT);
    });
  }
}

test("a snapshot reaches a hundred streams, and one that is slow holds up no other", async () => {
  await using chancery = await startServer();
  chancery.snapshots.set("n", snapshotOf([cds, "a=1"]));
  const streams = Array.from({ length: 100 }, () => chancery.open(adsMethods.delta));
  for (const stream of streams) stream.send({ node: "n", type: cds });
  // The first answers nothing, ever.
  const [silent, ...others] = streams;
  await silent?.next();
  for (const stream of others) stream.send({ type: cds, nonce: (await stream.next()).nonce });
  chancery.snapshots.set("n", snapshotOf([cds, "a=2"]));
  for (const stream of others) assert.equal((await stream.next()).count, 1);
});

test("a server that drains ends its streams as UNAVAILABLE", async () => {
  await using chancery = await startServer();
  chancery.snapshots.set("n", snapshotOf([cds, "a=1"]));
  const stream = chancery.open();
  stream.send({ node: "n", type: cds });
  await stream.next();
  await chancery.server.drain({ graceMs: 10 });
  assert.equal((await stream.status).code, status.UNAVAILABLE);
});

test("what goes wrong while a stream is woken ends that stream, and no other", async () => {
  const errors: unknown[] = [];
  let calls = 0;
  await using chancery = await startServer({
    grpc: { onError: (error) => errors.push(error) },
    onEvent({ kind, client }) {
      if (kind === "sent" && client.node.id === "unlucky" && ++calls === 2) throw new Error("told too much");
    },
    groupOf: () => "all",
  });
  chancery.snapshots.set("all", snapshotOf([cds, "a=1"]));
  const [unlucky, other] = [chancery.open(adsMethods.delta), chancery.open(adsMethods.delta)];
  for (const [node, stream] of Object.entries({ unlucky, other })) {
    stream.send({ node, type: cds });
    stream.send({ type: cds, nonce: (await stream.next()).nonce });
  }
  await chancery.snapshots.set("all", snapshotOf([cds, "a=1"])).acked();
  chancery.snapshots.set("all", snapshotOf([cds, "a=2"]));
  assert.equal((await unlucky.status).code, status.INTERNAL);
  assert.equal((await other.next()).count, 1);
  assert.match(String(errors[0]), /told too much/);
});
