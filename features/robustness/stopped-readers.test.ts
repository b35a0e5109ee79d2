import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Crew } from "./harness/crew.ts";
import { memoryInUse } from "./harness/memory.ts";
import { percentile, report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { publish, serve, toCluster } from "./harness/serve.ts";
import { stamp } from "./harness/stamp.ts";

type Fleet = typeof import("./harness/fleet.ts");

const changes = scaled(120, 3000);
const changeEveryMs = 10;

test(`20 of 200 clients stop reading during ${changes} changes at 100 a second`, async (t) => {
  await using chancery = await serve();
  const clusters = Array.from({ length: 100 }, (_, index) => toCluster(`c${index}`, "0", 2000));
  let number = 0;
  let snapshot = publish(clusters, stamp(number));
  chancery.snapshots.set("fleet", snapshot);

  const module = new URL("harness/fleet.ts", import.meta.url);
  await using stopped = new Crew<Fleet>(module);
  await using others = new Crew<Fleet>(module);
  await stopped.run("connect", chancery.address, 20, ["sotw", "delta"]);
  await others.run("connect", chancery.address, 180, ["delta"]);
  await Promise.all([stopped.run("synced", 0), others.run("synced", 0)]);

  const change = async (times: number) => {
    await others.run("figures");
    for (const last = number + times; number < last; ) {
      const start = performance.now();
      number++;
      snapshot = publish([toCluster(`c${number % 100}`, String(number), 2000)], stamp(number), snapshot);
      chancery.snapshots.set("fleet", snapshot);
      await sleep(Math.max(0, changeEveryMs - (performance.now() - start)));
    }
    await others.run("synced", number);
    const { ages, lost } = await others.run("figures");
    const { heapMb, externalMb, rssMb } = await memoryInUse();
    return { median: percentile(ages, 0.5), most: percentile(ages, 0.99), lost, liveMb: heapMb + externalMb, rssMb };
  };
  await change(50); // warms everything up
  const quiet = await change(changes);
  stopped.freeze();
  const disturbed = await change(changes);
  stopped.thaw();
  await stopped.run("synced", number);

  report(t, {
    "latency ms before, median and 99 %": `${quiet.median.toFixed(1)} and ${quiet.most.toFixed(1)}`,
    meanwhile: `${disturbed.median.toFixed(1)} and ${disturbed.most.toFixed(1)}`,
    "live MB before and meanwhile": `${quiet.liveMb.toFixed(1)} and ${disturbed.liveMb.toFixed(1)}`,
    "RSS MB before and meanwhile": `${quiet.rssMb.toFixed(0)} and ${disturbed.rssMb.toFixed(0)}`,
  });
  assert.equal(disturbed.lost, 0);
  assert.ok(disturbed.median < 2 * quiet.median + 20, "the others get the latest as soon as before");
  // Each that stopped holds one response of at most 200 KB, and most of it is shared with the present.
  assert.ok(disturbed.liveMb - quiet.liveMb < 8, "memory stays bounded");
});
