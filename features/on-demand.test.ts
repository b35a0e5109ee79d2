import assert from "node:assert/strict";
import { test } from "node:test";
import type { Resource } from "@chancery/xds";
import { adsMethods, cds, methodOf, resourceOf, snapshotOf, startServer, vhds } from "./harness/server.ts";

test("ODCDS: a cluster that no snapshot has is looked for, once for all, and missing only when it was not found (P79)", async () => {
  const asked: string[] = [];
  await using chancery = await startServer({
    onDemand: {
      types: ["clusters"],
      async resolve(_, { key }, names): Promise<Resource[]> {
        asked.push(`${key} ${names}`);
        return names.filter((name) => name.startsWith("odd")).map((name) => resourceOf(cds, `${name}=found`));
      },
    },
    groupOf: () => "all",
  });
  chancery.snapshots.set("all", snapshotOf([cds, "a=1"]));
  for (const node of ["n", "m"]) {
    const stream = chancery.open(adsMethods.delta);
    stream.send({ node, type: cds, names: ["*"] });
    const first = await stream.next();
    assert.equal(first.count, 1);
    stream.send({ type: cds, nonce: first.nonce, names: ["odd-1", "gone"] });
    const second = await stream.next();
    assert.equal(second.count, 1);
    assert.ok(second.bytes.includes("found") && second.bytes.includes("gone"));
  }
  assert.deepEqual(asked, ["clusters gone,odd-1"]);
});

test("VHDS: a host that nobody knows is answered by its name without content, and not looked for again (P77)", async () => {
  let lookups = 0;
  await using chancery = await startServer({
    onDemand: {
      types: ["virtualHosts"],
      async resolve() {
        lookups++;
        return [];
      },
    },
  });
  for (const round of [1, 2]) {
    const stream = chancery.open(methodOf(vhds, "delta"));
    stream.send({ node: "n", names: ["r/nobody.example"] });
    const heard = await stream.next();
    assert.equal(heard.count, 1, `round ${round}`);
    assert.equal(heard.bytes.toString("latin1").split("r/nobody.example").length, 3, "the name and the alias");
  }
  assert.equal(lookups, 1);
});

test("a lookup that fails says that the names do not exist, and is made again when they are asked for again", async () => {
  let lookups = 0;
  await using chancery = await startServer({
    onDemand: {
      types: ["clusters"],
      async resolve() {
        if (++lookups === 1) throw new Error("not now");
        return [resourceOf(cds, "odd=1")];
      },
    },
  });
  const stream = chancery.open(adsMethods.delta);
  chancery.snapshots.set("n", snapshotOf([cds]));
  stream.send({ node: "n", type: cds, names: ["odd"] });
  const first = await stream.next();
  assert.equal(first.count, 0);
  stream.send({ type: cds, nonce: first.nonce, names: ["odd"] });
  assert.equal((await stream.next()).count, 1);
});

test("a name that a snapshot has later goes before what was found on demand", async () => {
  await using chancery = await startServer({
    onDemand: { types: ["clusters"], resolve: async () => [resourceOf(cds, "odd=found")] },
  });
  const stream = chancery.open(adsMethods.delta);
  stream.send({ node: "n", type: cds, names: ["odd"] });
  const first = await stream.next();
  assert.ok(first.bytes.includes("found"));
  stream.send({ type: cds, nonce: first.nonce });
  chancery.snapshots.set("n", snapshotOf([cds, "odd=set"]));
  assert.ok((await stream.next()).bytes.includes("set"));
});

test("no more names are remembered for a group than the bound, whatever clients ask for", async () => {
  await using chancery = await startServer({
    onDemand: {
      types: ["virtualHosts"],
      resolve: async (_, __, names) => names.map((name) => resourceOf(vhds, `${name}=1`)),
      maxNames: 3,
    },
  });
  const stream = chancery.open(methodOf(vhds, "delta"));
  for (const host of ["a", "b", "c", "d", "e"]) {
    stream.send({ node: "n", names: [`r/${host}`] });
    stream.send({ node: "n", nonce: (await stream.next()).nonce });
  }
  assert.equal(chancery.snapshots.get("on demand: n")?.counts().virtualHosts, 3);
});
