import assert from "node:assert/strict";
import { test } from "node:test";
import { Crew } from "./harness/crew.ts";
import { memoryInUse } from "./harness/memory.ts";
import { report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { publish, serve, toCluster } from "./harness/serve.ts";
import { stamp } from "./harness/stamp.ts";

type Fleet = typeof import("./harness/fleet.ts");

const rounds = scaled(12, 1500);
const clientsOfARound = 20;
const changesOfARound = 20;

test(`${rounds} rounds of coming, asking, changing and going leave the memory as it was`, async (t) => {
  await using chancery = await serve();
  await using fleet = new Crew<Fleet>(new URL("harness/fleet.ts", import.meta.url));
  let number = 0;

  const round = async () => {
    const group = `fleet-${number}`;
    const clusters = Array.from({ length: 50 }, (_, index) => toCluster(`c${index}`, `${number}`, 1000));
    let snapshot = publish(clusters, stamp(number));
    chancery.snapshots.set(group, snapshot);
    await fleet.run("connect", chancery.address, clientsOfARound, ["sotw", "delta"], group);
    await fleet.run("synced", number);
    for (let change = 0; change < changesOfARound; change++) {
      number++;
      snapshot = publish([toCluster(`c${number % 60}`, `${number}`, 1000)], stamp(number), snapshot);
      chancery.snapshots.set(group, snapshot);
      if (change % 5 === 0) await fleet.run("synced", number);
    }
    await fleet.run("synced", number);
    number++;
    chancery.snapshots.delete(group);
    await fleet.run("disconnect");
    while (chancery.server.grpc.stats.connections > 0) await new Promise(setImmediate);
  };
  const quarter = async () => {
    for (let done = 0; done < rounds / 4; done++) await round();
    const { heapMb, externalMb, rssMb } = await memoryInUse();
    return { liveMb: heapMb + externalMb, rssMb };
  };

  await quarter(); // warms everything up
  const quarters = [await quarter(), await quarter(), await quarter(), await quarter()];
  const [first, last] = [quarters[0], quarters.at(-1)];
  const { stats } = chancery.server.grpc;
  report(t, {
    connections: stats.connectionsTotal,
    responses: stats.messagesOut,
    "live MB after each quarter": quarters.map(({ liveMb }) => liveMb.toFixed(1)).join(", "),
    "RSS MB": quarters.map(({ rssMb }) => rssMb.toFixed(0)).join(", "),
  });
  assert.ok(first !== undefined && last !== undefined && last.liveMb - first.liveMb < 2, "no growth");
  assert.equal(chancery.server.discovery.clients.size, 0);
  assert.deepEqual([...chancery.server.grpc.stats.limitsMet], []);
});
