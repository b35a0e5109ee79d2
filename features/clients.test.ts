import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { parseSnapshot } from "@chancery/xds";
import { clientStatus } from "../packages/chancery/src/admin/client-status.ts";
import { ask, run, startChancery } from "./harness/chancery.ts";
import { adsMethods, cds, lds, methodOf, rds, snapshotOf } from "./harness/server.ts";

test("clients: the API shows who is connected, what was sent, and what was taken and refused", async (t) => {
  const { snapshots, get, open } = await startChancery(t);
  snapshots.set("edge-1", snapshotOf([cds, "a=1"], [lds, "b=1"], [rds, "c=1"]));
  const stream = open();
  const clusters = await ask(stream, { node: "edge-1", type: cds });
  const [waiting] = clientStatus.array().parse(await get("/api/v1/clients"));
  assert.partialDeepStrictEqual(waiting, {
    node: { id: "edge-1", cluster: "" },
    group: "edge-1",
    method: adsMethods.sotw,
    variant: "sotw",
    peer: { address: "127.0.0.1", secure: false },
    inSync: false,
    types: [{ type: "clusters", typeUrl: cds, inSync: false, sent: { version: clusters.version } }],
  });

  const listeners = await ask(stream, { type: cds, nonce: clusters.nonce }, { type: lds });
  const routes = await ask(stream, { type: lds, nonce: listeners.nonce, nack: "no room" }, { type: rds, names: ["c"] });
  const [refused] = clientStatus.array().parse(await get("/api/v1/clients/edge-1"));
  assert.partialDeepStrictEqual(refused, {
    inSync: false,
    types: [
      { type: "clusters", inSync: true, acked: { version: clusters.version } },
      { type: "listeners", inSync: false, nacked: { version: listeners.version, message: "no room" } },
      { type: "routes", inSync: false, sent: { version: routes.version } },
    ],
  });
});

test("clients: they can be chosen by node, cluster and whether they are in sync", async (t) => {
  const { snapshots, url, get, open, address } = await startChancery(t);
  const events = run(t, "events", "--http", address, "--kind", "ack");
  await events.says(/Following/);
  for (const node of ["edge-1", "edge-2", "other"]) {
    snapshots.set(node, snapshotOf([cds, "a=1"]));
    const stream = open(methodOf(cds, "sotw"));
    const { nonce } = await ask(stream, { node });
    if (node === "edge-2") continue;
    stream.send({ nonce });
    await events.says(new RegExp(`ack +${node}`));
  }
  const nodes = async (query: string) => {
    const clients = clientStatus.array().parse(await get(`/api/v1/clients?${query}`));
    return clients.map(({ node }) => node.id);
  };
  assert.deepEqual(await nodes(""), ["edge-1", "edge-2", "other"]);
  assert.deepEqual(await nodes("node=edge-*"), ["edge-1", "edge-2"]);
  assert.deepEqual(await nodes("cluster=*&node=other"), ["other"]);
  assert.deepEqual(await nodes("cluster=nowhere"), []);
  assert.deepEqual(await nodes("inSync=true"), ["edge-1", "other"]);
  assert.deepEqual(await nodes("inSync=false"), ["edge-2"]);
  assert.equal((await fetch(`${url}/api/v1/clients/edge-9`)).status, 404);
  assert.equal((await fetch(`${url}/api/v1/clients?inSync=perhaps`)).status, 400);
});

test("clients: the command writes a line for each node", async (t) => {
  const { snapshots, open, address } = await startChancery(t);
  const events = run(t, "events", "--http", address, "--kind", "ack,nack");
  await events.says(/Following/);
  for (const [node, nack] of [["edge-1"], ["edge-2", "no\u001b[2J room"]] as const) {
    snapshots.set(node, snapshotOf([cds, "a=1"]));
    const stream = open();
    const { nonce } = await ask(stream, { node, type: cds });
    stream.send(nack === undefined ? { type: cds, nonce } : { type: cds, nonce, nack });
    await events.says(new RegExp(`ack +${node}`));
  }
  const table = run(t, "clients", "--http", address);
  assert.equal(await table.code, 0);
  const [heading, good, bad] = table.output().split("\n");
  assert.match(heading ?? "", /^NODE +CLUSTER +FLEET +VERSION +IN SYNC +LAST NACK$/);
  assert.match(good ?? "", /^edge-1 +- +- +[0-9a-f]{16} +1 of 1 +-$/);
  assert.match(
    bad ?? "",
    /^edge-2 +- +- +- +0 of 1, not clusters +clusters [0-9a-f]{16}, \d+ s ago: no\\u001b\[2J room$/,
  );

  const json = run(t, "clients", "--http", address, "--node", "*2", "--format", "json");
  assert.equal(await json.code, 0);
  assert.partialDeepStrictEqual(JSON.parse(json.output()), [{ node: { id: "edge-2" } }]);
  const none = run(t, "clients", "--http", address, "--node", "*3");
  assert.deepEqual([await none.code, none.output(), none.errors()], [0, "", "No such node is connected\n"]);
});

test("clients: CSDS says the same over HTTP", async (t) => {
  const { snapshots, open, url } = await startChancery(t);
  const parsed = parseSnapshot({ resources: { clusters: [{ name: "shop" }] } });
  assert(parsed.ok);
  snapshots.set("edge-1", parsed.snapshot);
  await ask(open(), { node: "edge-1", type: cds });
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  const answer = await fetch(`${url}/v3/discovery:client_status`, request);
  assert.equal(answer.status, 200);
  assert.partialDeepStrictEqual(await answer.json(), {
    config: [
      {
        node: { id: "edge-1" },
        genericXdsConfigs: [{ typeUrl: cds, name: "shop", configStatus: "STALE", xdsConfig: { name: "shop" } }],
      },
    ],
  });
});

for (const command of ["clients", "events"]) {
  test(`${command}: without a control plane the command says how to get to one`, async (t) => {
    const { address, close } = await startChancery(t);
    await close();
    const ended = run(t, command, "--http", address);
    assert.equal(await ended.code, 1);
    const says = `chancery: Cannot reach a control plane at "${address}": nothing listens there; start one with`;
    assert(ended.errors().startsWith(says), ended.errors());
  });

  test(`${command}: what answers in another protocol, or as something else, is no control plane`, async (t) => {
    const { xds } = await startChancery(t);
    const other = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
    t.after(() => other.close());
    await once(other, "listening");
    const bound = other.address();
    assert(typeof bound === "object" && bound !== null);
    for (const [address, says] of [
      [xds, /Cannot reach a control plane at ".*": it (does not speak HTTP\/1\.1|closes the connection)/],
      [`127.0.0.1:${bound.port}`, /No Chancery is at ".*": its answer to .* is (of another shape|no stream of events)/],
    ] as const) {
      const ended = run(t, command, "--http", address);
      assert.equal(await ended.code, 1);
      assert.match(ended.errors(), says);
    }
  });

  test(`${command}: wrong arguments are refused`, async (t) => {
    for (const args of [["--format", "xml"], ["--http", "18001"], ["more"]]) {
      assert.equal(await run(t, command, ...args).code, 2);
    }
  });
}
