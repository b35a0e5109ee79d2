import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, startChancery } from "./harness/chancery.ts";
import { adsMethods, cds, eds, lds } from "./harness/server.ts";

/** A whole snapshot of two clusters and their assignments; `port` is of the second's only endpoint. */
function snapshot(version: string | undefined, port: number, listeners: readonly unknown[] = []) {
  const names = ["first", "second"];
  const clusters = names.map((name) => ({ name, type: "EDS", eds_cluster_config: { eds_config: { ads: {} } } }));
  const endpoints = names.map((name) => {
    const socketAddress = { address: "10.0.0.1", portValue: name === "second" ? port : 80 };
    return { clusterName: name, endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress } } }] }] };
  });
  return JSON.stringify({ version, resources: { clusters, endpoints, listeners } });
}

async function put(url: string, body: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/api/v1/snapshots/n`, { method: "PUT", headers, body });
  assert.equal(response.status, 200, await response.text());
}

for (const given of [true, false]) {
  for (const [variant, method] of Object.entries(adsMethods)) {
    const how = given ? "new versions are given" : "versions come from content";
    test(`${variant}: of a whole PUT only what changed is sent, where ${how}`, async (t) => {
      const chancery = await startChancery(t);
      await put(chancery.url, snapshot(given ? "v1" : undefined, 1));
      const stream = chancery.open(method);
      const clusters = await ask(stream, { node: "n", type: cds });
      const endpoints = await ask(
        stream,
        { type: cds, nonce: clusters.nonce },
        { type: eds, names: ["first", "second"] },
      );
      assert.deepEqual([clusters.count, endpoints.count], [2, 2]);
      // A type that is empty at first: its response comes last of all that a PUT causes.
      stream.send({ type: eds, nonce: endpoints.nonce, ...(variant === "sotw" && { names: ["first", "second"] }) });
      const listeners = await ask(stream, { type: lds });
      stream.send({ type: lds, nonce: listeners.nonce });

      await put(chancery.url, snapshot(given ? "v2" : undefined, 2, [{ name: "l" }]));
      const changed = await stream.next();
      assert.deepEqual([changed.type, changed.count], [eds, 1]);
      assert.ok(changed.bytes.includes("second") && !changed.bytes.includes("first"));
      if (given && variant === "sotw") assert.equal(changed.version, "v2");
      stream.send({ type: eds, nonce: changed.nonce, ...(variant === "sotw" && { names: ["first", "second"] }) });
      assert.deepEqual([(await stream.next()).type, listeners.count], [lds, 0]);
    });
  }
}
