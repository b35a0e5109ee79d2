import assert from "node:assert/strict";
import { test } from "node:test";
import { Crew } from "./harness/crew.ts";
import { memoryInUse } from "./harness/memory.ts";
import { report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { publish, serve, toCluster } from "./harness/serve.ts";
import { stamp } from "./harness/stamp.ts";

type Fleet = typeof import("./harness/fleet.ts");

const count = scaled(300, 2000);

test(`${count} clients that reconnect at once are all served, and leave nothing behind`, async (t) => {
  await using chancery = await serve();
  const clusters = Array.from({ length: 100 }, (_, index) => toCluster(`c${index}`, "0", 2000));
  chancery.snapshots.set("fleet", publish(clusters, stamp(0)));
  await using fleet = new Crew<Fleet>(new URL("harness/fleet.ts", import.meta.url));

  const gone = async () => {
    await fleet.run("disconnect");
    while (chancery.server.grpc.stats.connections > 0) await new Promise(setImmediate);
    return await memoryInUse();
  };
  const comeAndGo = async () => {
    const start = performance.now();
    const cpu = process.cpuUsage();
    await fleet.run("connect", chancery.address, count, ["sotw", "delta"]);
    await fleet.run("synced", 0);
    const syncMs = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    assert.equal((await fleet.run("figures")).lost, 0);
    assert.equal(chancery.server.discovery.clients.size, count);
    const connected = await memoryInUse();
    return { syncMs, cpuMs: (user + system) / 1000, connected, after: await gone() };
  };

  const first = await comeAndGo();
  const again = await comeAndGo();
  const third = await comeAndGo();
  report(t, {
    "all synced after ms": Math.round(again.syncMs),
    "server CPU ms": Math.round(again.cpuMs),
    "live MB while connected": again.connected.heapMb + again.connected.externalMb,
    "live MB after each round": [first, again, third]
      .map(({ after }) => (after.heapMb + after.externalMb).toFixed(1))
      .join(", "),
    "RSS MB after each round": [first, again, third].map(({ after }) => after.rssMb.toFixed(0)).join(", "),
  });
  assert.equal(chancery.server.discovery.clients.size, 0);
  assert.equal(chancery.server.grpc.stats.calls, 0);
  assert.ok(third.after.heapMb < first.after.heapMb + 2, "memory is back");
  assert.ok(third.after.externalMb < first.after.externalMb + 2, "memory is back");
});
