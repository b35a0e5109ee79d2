import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Resource, toResource } from "../resource/resource.ts";
import { clusters, endpoints } from "../resource/type.ts";
import type { Snapshot } from "./snapshot.ts";
import { toSnapshot } from "./snapshot.ts";
import { Snapshots } from "./snapshots.ts";

const cluster = (name: string, content = "1"): Resource =>
  toResource({ typeUrl: clusters.typeUrl, name, body: Buffer.from(`${name}=${content}`) });

function names(snapshot: Snapshot | undefined): string[] {
  return [...(snapshot?.set(clusters.typeUrl).resources ?? [])].map(({ body }) => Buffer.from(body).toString());
}

test("a transaction sets and deletes, all of it or nothing", () => {
  const snapshots = new Snapshots();
  snapshots.set("g", toSnapshot([cluster("a"), cluster("b")]));
  snapshots.update("g", (tx) => {
    tx.set(cluster("a", "2"));
    tx.set(cluster("c"));
    tx.delete(clusters.typeUrl, "b");
  });
  assert.deepEqual(names(snapshots.get("g")), ["a=2", "c=1"]);
  const before = snapshots.get("g");
  assert.throws(() =>
    snapshots.update("g", (tx) => {
      tx.set(cluster("d"));
      throw new Error("changed my mind");
    }),
  );
  assert.equal(snapshots.get("g"), before);
});

test("the version is that of the content, by whatever steps it came about", () => {
  const name = fc.integer({ min: 0, max: 300 }).map((n) => ["constructor", "__proto__"][n] ?? `c${n}`);
  const step = fc.array(fc.tuple(name, fc.constantFrom("1", "2", undefined)), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.constantFrom(undefined, "given"), (steps, version) => {
      const snapshots = new Snapshots();
      const first = Array.from({ length: 300 }, (_, i) => cluster(`c${i}`));
      snapshots.set("g", toSnapshot(first, version === undefined ? {} : { version }));
      const content = new Map(first.map((resource) => [resource.name, resource]));
      for (const changes of steps) {
        snapshots.update("g", (tx) => {
          for (const [changed, to] of changes) {
            if (to === undefined) tx.delete(clusters.typeUrl, changed);
            else tx.set(cluster(changed, to));
            if (to === undefined) content.delete(changed);
            else content.set(changed, cluster(changed, to));
          }
        });
      }
      const set = snapshots.get("g")?.set(clusters.typeUrl);
      const isAsGiven = set?.version === version;
      if (!isAsGiven) assert.equal(set?.version, toSnapshot(content.values()).set(clusters.typeUrl).version);
    }),
  );
});

test("a transaction that changes nothing wakes nobody and keeps the snapshot", () => {
  const snapshots = new Snapshots();
  snapshots.set("g", toSnapshot([cluster("a")], { version: "v1" }));
  const before = snapshots.get("g");
  snapshots.watch("g", () => assert.fail("nothing changed"));
  snapshots.update("g", (tx) => tx.set(cluster("a")));
  assert.equal(snapshots.get("g"), before);
});

test("a transaction leaves the types that it does not touch as they are", () => {
  const snapshots = new Snapshots();
  const assignment = toResource({ typeUrl: endpoints.typeUrl, name: "e", body: Buffer.from("e") });
  snapshots.set("g", toSnapshot([cluster("a"), assignment], { version: "v1" }));
  const before = snapshots.get("g")?.set(endpoints.typeUrl);
  snapshots.update("g", (tx) => tx.set(cluster("b")));
  assert.equal(snapshots.get("g")?.set(endpoints.typeUrl), before);
});

test("groups are layers: the last that has a name counts, and each change of one wakes", () => {
  const snapshots = new Snapshots();
  const groups = ["fleet", "node"];
  let woken = 0;
  const unwatch = snapshots.watch(groups, () => woken++);
  assert.equal(snapshots.read(groups), undefined);
  snapshots.set("fleet", toSnapshot([cluster("a"), cluster("b")]));
  snapshots.set("node", toSnapshot([cluster("b", "mine")]));
  assert.deepEqual(names(snapshots.read(groups)), ["a=1", "b=mine"]);
  snapshots.update("fleet", (tx) => tx.set(cluster("c")));
  assert.deepEqual(names(snapshots.read(groups)), ["a=1", "b=mine", "c=1"]);
  snapshots.delete("node");
  assert.deepEqual(names(snapshots.read(groups)), ["a=1", "b=1", "c=1"]);
  assert.equal(woken, 4);
  unwatch();
  snapshots.delete("fleet");
  assert.equal(woken, 4);
});

test("who stops watching twice takes nothing from those who watch since", () => {
  const snapshots = new Snapshots();
  let woken = 0;
  const unwatch = snapshots.watch("g", () => assert.fail("it does not watch any more"));
  unwatch();
  snapshots.watch("g", () => woken++);
  unwatch();
  snapshots.set("g", toSnapshot([cluster("a")]));
  assert.equal(woken, 1);
});

test("a thousand nodes with one resource of their own share all the others", () => {
  const snapshots = new Snapshots();
  snapshots.set("fleet", toSnapshot(Array.from({ length: 2000 }, (_, i) => cluster(`c${String(i).padStart(4, "0")}`))));
  const shared = new Set(snapshots.get("fleet")?.set(clusters.typeUrl).resources.leaves);
  for (let i = 0; i < 1000; i++) {
    snapshots.set(`node-${i}`, toSnapshot([cluster("c1000", `mine-${i}`)]));
    const leaves = snapshots.read(["fleet", `node-${i}`])?.set(clusters.typeUrl).resources.leaves ?? [];
    assert.equal(leaves.filter((leaf) => !shared.has(leaf)).length, 1);
  }
});

test("a change of one resource makes one new leaf, in 1,000 as in 100,000", () => {
  const newLeaves = (size: number) => {
    const snapshots = new Snapshots();
    snapshots.set("g", toSnapshot(Array.from({ length: size }, (_, i) => cluster(`c${String(i).padStart(6, "0")}`))));
    const leaves = new Set(snapshots.get("g")?.set(clusters.typeUrl).resources.leaves);
    snapshots.update("g", (tx) => tx.set(cluster("c000500", "2")));
    return snapshots
      .get("g")
      ?.set(clusters.typeUrl)
      .resources.leaves.filter((leaf) => !leaves.has(leaf)).length;
  };
  assert.deepEqual([newLeaves(1000), newLeaves(100_000)], [1, 1]);
});
