import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { XdsServer, XdsServerOptions } from "@chancery/xds";
import { Crew } from "./harness/crew.ts";
import { memoryInUse } from "./harness/memory.ts";
import { percentile, report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { publish, serve, toCluster } from "./harness/serve.ts";
import { stamp } from "./harness/stamp.ts";

type Attacker = typeof import("./harness/attacker.ts");
type Bystander = typeof import("./harness/bystander.ts");

// Who attacks and who must not notice: one process each for all tests, since a process takes its time to start.
const attacker = new Crew<Attacker>(new URL("harness/attacker.ts", import.meta.url));
const bystander = new Crew<Bystander>(new URL("harness/bystander.ts", import.meta.url));
after(async () => {
  await attacker[Symbol.asyncDispose]();
  await bystander[Symbol.asyncDispose]();
});

const floodMs = scaled(500, 5_000);

/** Far above what a good client waits on a machine that does other things too, and far below what it would notice. */
const patienceMs = 1000;

for (const kind of [
  "CONTINUATION",
  "rapid reset",
  "request and reset",
  "PING",
  "SETTINGS",
  "PRIORITY",
  "WINDOW_UPDATE",
  "empty DATA",
  "empty messages",
  "unknown frames",
  "xDS requests",
] as const) {
  test(`a flood (${kind}) ends its connection or hurts no other`, async (t) => {
    await using chancery = await startAttack();
    const { address, server } = chancery;
    const quiet = await bystander.run("watch", 200);
    const cpu = process.cpuUsage();
    const [outcome, seen] = await Promise.all([
      attacker.run("flood", address, kind, floodMs),
      bystander.run("watch", floodMs + 100),
    ]);
    const { user, system } = process.cpuUsage(cpu);
    const worst = Math.max(...seen.latencies);
    report(t, {
      connection: outcome.closed ? `closed after ${outcome.ms.toFixed(0)} ms` : "open",
      "KB taken": Math.round(outcome.bytesSent / 1000),
      "server CPU ms": Math.round((user + system) / 1000),
      "good client's latency ms, median, 99 % and worst": [0.5, 0.99, 1]
        .map((share) => percentile(seen.latencies, share).toFixed(1))
        .join(", "),
      "quiet median": percentile(quiet.latencies, 0.5),
    });
    assert.equal(seen.lost, 0);
    assert.ok(worst < patienceMs, `a good client waited ${worst} ms`);
    await leavesNothing(server);
  });
}

for (const kind of [
  "garbage before the preface",
  "random bytes",
  "headers of 1 MB",
  "a frame above the limit",
  "DATA without a stream",
  "a stream of an even number",
  "a window above 2^31",
] as const) {
  test(`${kind}: the connection is closed, and no other`, async () => {
    await using chancery = await startAttack();
    const { address, server } = chancery;
    const [outcome, seen] = await Promise.all([
      attacker.run("oneShot", address, kind, 2000),
      bystander.run("watch", 50),
    ]);
    assert.ok(outcome.closed);
    assert.equal(seen.lost, 0);
    await leavesNothing(server);
  });
}

test("300 half-open connections are closed in time, and a good client does not notice", async (t) => {
  await using chancery = await startAttack({ grpc: { handshakeTimeoutMs: 200, firstCallTimeoutMs: 200 } });
  const { address, server } = chancery;
  const [outcome, seen] = await Promise.all([attacker.run("halfOpen", address, 300), bystander.run("watch", 600)]);
  const worst = Math.max(...seen.latencies);
  report(t, { "closed after ms": outcome.ms, "good client's worst ms": worst });
  assert.equal(server.grpc.stats.connectionsDropped, 300);
  assert.equal(seen.lost, 0);
  assert.ok(worst < patienceMs);
  await leavesNothing(server);
});

test("1,000 streams of one connection are reset at once", async (t) => {
  await using chancery = await startAttack();
  const { address, server } = chancery;
  const [, seen] = await Promise.all([attacker.run("resetAtOnce", address, 1000), bystander.run("watch", 700)]);
  const worst = Math.max(...seen.latencies);
  report(t, { "good client's worst ms": worst });
  assert.equal(server.discovery.stats.open, 1001);
  assert.equal(seen.lost, 0);
  assert.ok(worst < patienceMs);
  await leavesNothing(server);
});

test("calls with random, cut, oversized and bomb-like messages hurt nobody", async (t) => {
  await using chancery = await startAttack();
  const { address, server } = chancery;
  const calls = scaled(300, 10_000);
  const [, seen] = await Promise.all([
    attacker.run("badMessages", address, calls, 11),
    bystander.run("watch", scaled(1500, 30_000)),
  ]);
  const worst = Math.max(...seen.latencies);
  await leavesNothing(server);
  const { heapMb, externalMb, rssMb } = await memoryInUse();
  report(t, { calls, "good client's worst ms": worst, "live MB": heapMb + externalMb, "RSS MB": rssMb });
  assert.equal(seen.lost, 0);
  assert.ok(worst < patienceMs);
  // Four at a time unpack up to 16 MiB each, which is there twice while the pieces are joined.
  assert.ok(heapMb + externalMb < 200);
});

test("messages of 200 KB that unpack to 200 MB are refused when they pass the limit", async (t) => {
  await using chancery = await startAttack();
  const { address, server } = chancery;
  const count = scaled(20, 500);
  const [, seen] = await Promise.all([attacker.run("bombs", address, count), bystander.run("watch", 1000)]);
  while (server.grpc.stats.limitsMet.get("maxReceiveBytes") !== count) await new Promise(setImmediate);
  await attacker.run("withdraw");
  await leavesNothing(server);
  const { heapMb, externalMb, rssMb } = await memoryInUse();
  const worst = Math.max(...seen.latencies);
  report(t, { bombs: count, "good client's worst ms": worst, "live MB": heapMb + externalMb, "RSS MB": rssMb });
  assert.equal(seen.lost, 0);
  assert.ok(worst < patienceMs);
  assert.ok(heapMb + externalMb < 200);
});

/** A server with a good client on it, and somebody who is not. Errors that the server cannot explain fail the test. */
async function startAttack(options: Omit<XdsServerOptions, "snapshots"> = {}) {
  const errors: unknown[] = [];
  const chancery = await serve({ ...options, grpc: { ...options.grpc, onError: (error) => errors.push(error) } });
  const snapshot = publish([toCluster("a", "1")], stamp(1));
  for (const group of ["bystander", "flood", "bad"]) chancery.snapshots.set(group, snapshot);
  await bystander.run("arrive", chancery.address);
  return {
    ...chancery,
    async [Symbol.asyncDispose]() {
      await chancery[Symbol.asyncDispose]();
      assert.deepEqual(errors, []);
    },
  };
}

/** Waits until only the good client is there. */
async function leavesNothing({ grpc, discovery }: XdsServer): Promise<void> {
  while (grpc.stats.connections > 1 || grpc.stats.calls > 1) await new Promise(setImmediate);
  assert.equal(discovery.clients.size, 1);
}
