import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import { test } from "node:test";
import { parseSnapshot, type RestRequest, resourceTypes, restPaths, Snapshots, XdsServer } from "@chancery/xds";
import { Code, StatusError } from "@chancery/xds/grpc";
import { type AdminContext, createAdmin, listenAdmin } from "./app.ts";
import { emptyContext } from "./testdata/context.ts";

const url = "/v3/discovery:clusters";

test("every type with a path is answered there", async () => {
  const { app, snapshots } = await admin();
  snapshots.set("edge-1", snapshot("1"));
  for (const path of restPaths) {
    const answer = await app.inject({ method: "POST", url: path, payload: { node: { id: "edge-1" } } });
    assert.equal(answer.statusCode, 200, path);
    assert.equal(answer.json().typeUrl, resourceTypes.find(({ restPath }) => restPath === path)?.typeUrl);
  }
});

test("a request is answered with what there is, and with 304 when the client has that version", async () => {
  const { app, snapshots } = await admin();
  const payload = { node: { id: "edge-1" } };
  assert.equal((await app.inject({ method: "POST", url, payload })).statusCode, 304);
  snapshots.set("edge-1", snapshot("1", "shop"));
  const answer = await app.inject({ method: "POST", url, payload });
  assert.match(String(answer.headers["content-type"]), /^application\/json/);
  assert.equal(answer.json().versionInfo, "1");
  assert.partialDeepStrictEqual(answer.json().resources, [{ name: "shop" }]);
  const current = await app.inject({ method: "POST", url, payload: { ...payload, version_info: "1" } });
  assert.deepEqual([current.statusCode, current.body], [304, ""]);
});

test("an invalid request is a problem that names the place", async () => {
  const { app } = await admin();
  const answer = await app.inject({ method: "POST", url, payload: { node: { id: 7 } } });
  assert.equal(answer.statusCode, 400);
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
  assert.equal(answer.json().problems[0].path, "node.id");
  const nameless = await app.inject({ method: "POST", url, payload: {} });
  assert.deepEqual([nameless.statusCode, nameless.json().problems[0].message], [400, "node is required"]);
  assert.equal((await app.inject({ method: "POST", url, payload: "[]" })).statusCode, 400);
});

test("another path below /v3, and another method, is 404", async () => {
  const { app } = await admin();
  const payload = { node: { id: "edge-1" } };
  assert.equal((await app.inject({ method: "POST", url: "/v3/discovery:nothing", payload })).statusCode, 404);
  assert.equal((await app.inject({ url })).statusCode, 404);
});

test("whoever prefers to wait is answered when there is something new", async () => {
  const asked = Promise.withResolvers<RestRequest>();
  const { app, snapshots } = await admin({}, (request) => asked.resolve(request));
  const headers = { prefer: "wait=900" };
  // Only `then` sends it.
  const answer = app.inject({ method: "POST", url, headers, payload: { node: { id: "edge-1" } } }).then((it) => it);
  assert.equal((await asked.promise).waitMs, 60_000);
  snapshots.set("edge-1", snapshot("1"));
  const { statusCode, headers: answered } = await answer;
  assert.deepEqual([statusCode, answered["preference-applied"]], [200, "wait=60"]);
});

test("nobody waits for a client that went away", async (t) => {
  const asked = Promise.withResolvers<RestRequest>();
  const { app } = await admin({}, (request) => asked.resolve(request));
  t.after(() => app.close());
  const { port } = await listenAdmin(app, { host: "127.0.0.1", port: 0 });
  const client = post(port);
  const { signal } = await asked.promise;
  assert(signal && !signal.aborted);
  client.destroy();
  await once(signal, "abort");
});

for (const [code, status] of [
  [Code.UNAUTHENTICATED, 401],
  [Code.PERMISSION_DENIED, 403],
  [Code.RESOURCE_EXHAUSTED, 429],
  [Code.UNAVAILABLE, 503],
  [Code.INVALID_ARGUMENT, 400],
  [Code.NOT_FOUND, 404],
  [Code.INTERNAL, 500],
] as const) {
  test(`a hook that refuses with status ${code} is answered as ${status}`, async () => {
    const snapshots = new Snapshots();
    const refuse = () => {
      throw new StatusError(code, "not you");
    };
    const xds = new XdsServer({ snapshots, hooks: { onRequest: refuse } });
    const { app } = await admin({ snapshots, xds });
    const answer = await app.inject({ method: "POST", url, payload: { node: { id: "edge-1" } } });
    assert.equal(answer.statusCode, status);
    assert.equal(answer.json().detail === "not you", status !== 500);
  });
}

test("an Envoy may call the server by any name, a browser may not call at all", async () => {
  const { app, snapshots } = await admin();
  snapshots.set("edge-1", snapshot("1"));
  const payload = { node: { id: "edge-1" } };
  const envoy = await app.inject({ method: "POST", url, headers: { host: "xds_cluster" }, payload });
  assert.equal(envoy.statusCode, 200);
  const headers = { host: "localhost:18001", origin: "http://localhost:18001" };
  assert.equal((await app.inject({ method: "POST", url, headers, payload })).statusCode, 403);
});

function snapshot(version: string, ...names: string[]) {
  const parsed = parseSnapshot({ version, resources: { clusters: names.map((name) => ({ name })) } });
  assert(parsed.ok);
  return parsed.snapshot;
}

/** `seen` is told of every request for resources. */
async function admin(context: Partial<AdminContext> = {}, seen: (request: RestRequest) => void = () => {}) {
  const empty = emptyContext(context.snapshots);
  const { snapshots, xds: server } = empty;
  const xds = {
    discovery: server.discovery,
    clientStatus: server.clientStatus.bind(server),
    events: () => server.events(),
    rest: (request: RestRequest) => {
      seen(request);
      return server.rest(request);
    },
  };
  const app = await createAdmin({ ...empty, xds, ...context });
  return { app, snapshots };
}

function post(port: number): ClientRequest {
  const headers = { "content-type": "application/json", prefer: "wait=60" };
  const client = request({ host: "127.0.0.1", port, method: "POST", path: url, headers }).on("error", () => {});
  client.end(JSON.stringify({ node: { id: "edge-1" } }));
  return client;
}
