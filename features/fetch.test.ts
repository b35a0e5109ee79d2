import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSnapshot, resourceTypes, restPaths, type Snapshot, type XdsServer } from "@chancery/xds";
import { cds, startServer } from "./harness/server.ts";

const peer = { address: "127.0.0.1", port: 1, secure: false };

function fetchRest(server: XdsServer, path: string, body: unknown, options: { waitMs?: number } = {}) {
  return server.rest({ path, body, peer, metadata: {}, ...options });
}

function clustersOf(...names: string[]): Snapshot {
  const parsed = parseSnapshot({ version: names.join(), resources: { clusters: names.map((name) => ({ name })) } });
  assert.ok(parsed.ok);
  return parsed.snapshot;
}

test("rest: every type with a path is served there (P90)", async () => {
  await using chancery = await startServer();
  chancery.snapshots.set("n", clustersOf("a"));
  assert.deepEqual(
    restPaths,
    resourceTypes.flatMap(({ restPath }) => restPath ?? []),
  );
  assert.ok(restPaths.includes("/v3/discovery:clusters"));
  for (const path of restPaths)
    assert.equal((await fetchRest(chancery.server, path, { node: { id: "n" } })).status, 200);
});

test("rest: a request in proto or JSON names is answered in proto3 JSON (P90), without a nonce of its own (P92)", async () => {
  await using chancery = await startServer();
  chancery.snapshots.set("n", clustersOf("a", "b"));
  for (const names of ["resource_names", "resourceNames"]) {
    const body = { node: { id: "n" }, [names]: ["b"] };
    const response = await fetchRest(chancery.server, "/v3/discovery:clusters", body);
    assert.ok(response.status === 200);
    assert.partialDeepStrictEqual(response.body, {
      versionInfo: "a,b",
      typeUrl: cds,
      resources: [{ "@type": cds, name: "b" }],
    });
  }
});

test("rest: an unknown path is 404, ADS and delta among them, a bad body 400 with the place (P90, P92)", async () => {
  await using chancery = await startServer();
  for (const path of ["/v3/discovery:aggregated", "/v3/discovery:delta_clusters", "/v3/discovery:nothing"]) {
    assert.deepEqual(await fetchRest(chancery.server, path, {}), { status: 404 });
  }
  const bad = await fetchRest(chancery.server, "/v3/discovery:clusters", { node: { id: 7 } });
  assert.ok(bad.status === 400);
  assert.equal(bad.problems[0]?.path, "node.id");
  const nameless = await fetchRest(chancery.server, "/v3/discovery:clusters", {});
  assert.ok(nameless.status === 400 && nameless.problems[0]?.message === "node is required");
});

test("rest: the version that the client has is 304 (P91), and so is having nothing for it yet", async () => {
  await using chancery = await startServer();
  const body = { node: { id: "n" }, version_info: "a" };
  assert.deepEqual(await fetchRest(chancery.server, "/v3/discovery:clusters", body), { status: 304 });
  chancery.snapshots.set("n", clustersOf("a"));
  assert.deepEqual(await fetchRest(chancery.server, "/v3/discovery:clusters", body), { status: 304 });
  assert.equal((await fetchRest(chancery.server, "/v3/discovery:clusters", { ...body, version_info: "" })).status, 200);
});

test("rest: a request may wait for what is new (P91)", async () => {
  await using chancery = await startServer();
  chancery.snapshots.set("n", clustersOf("a"));
  const body = { node: { id: "n" }, version_info: "a" };
  const waiting = fetchRest(chancery.server, "/v3/discovery:clusters", body, { waitMs: 60_000 });
  setImmediate(() => chancery.snapshots.set("n", clustersOf("a", "b")));
  const response = await waiting;
  assert.ok(response.status === 200);
  assert.partialDeepStrictEqual(response.body, { versionInfo: "a,b" });
});
