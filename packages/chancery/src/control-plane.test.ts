import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { type ControlPlaneOptions, startControlPlane } from "./control-plane.ts";
import { createLogger } from "./logs.ts";

const types = "type.googleapis.com/envoy.config";
const free = { host: "127.0.0.1", port: 0 };

test("what the files say is there when it has started", async (t) => {
  const { get, files } = await started(t, { "a.yaml": snapshot("a", "1"), "b.yaml": snapshot("b", "1") });
  assert.deepEqual(await nodes(get), ["a", "b"]);
  assert.equal((await get("/readyz")).status, 200);
  await files.end();
});

test("a change of a file is served, and is one line in the log", async (t) => {
  const { get, files, logged } = await started(t, { "a.yaml": snapshot("a", "1"), "b.yaml": snapshot("b", "1") });
  await files.write("a.yaml", snapshot("a", "2"));
  assert.equal(
    await logged(/^Node "a" now has .* version "2"/),
    'Node "a" now has no resources, version "2", from a.yaml',
  );
  assert.equal((await json(get, "/api/v1/snapshots/a")).version, "2");
  await files.remove("b.yaml");
  await logged(/^Node "b" has no snapshot any more, from b\.yaml/);
  assert.deepEqual(await nodes(get), ["a"]);
});

test("a mistake is logged with its place; what was good stays; mending it is logged too", async (t) => {
  const { get, files, logged } = await started(t, { "a.yaml": snapshot("a", "1"), "b.yaml": snapshot("b", "1") });
  await files.write(
    "a.yaml",
    "node: a\nversion: '2'\nresources:\n  clusters:\n    - { name: one }\n    - { nam: two }\n",
  );
  await logged(/^a\.yaml:6:\d+: clusters\[1\]/);
  await files.write("b.yaml", "node: b\nversion: [\n");
  await logged(/^b\.yaml:3:1: line 3 is not valid YAML/);
  assert.equal((await json(get, "/api/v1/snapshots/a")).version, "1");
  assert.equal((await json(get, "/api/v1/snapshots/b")).version, "1");
  assert.match(await (await get("/metrics")).text(), /^chancery_config_problems\{severity="error"\} [1-9]/m);
  await files.write("a.yaml", snapshot("a", "3"));
  await logged(/^a\.yaml: no problems any more/);
  assert.equal((await json(get, "/api/v1/snapshots/a")).version, "3");
});

test("a fleet without gateways has a snapshot without resources, which lets its Envoys start", async (t) => {
  const { logged, controlPlane } = await started(t, { "a.yaml": "fleets: { edge: { match: '*' } }\n" });
  await logged(/^Fleet "edge": nothing to serve yet; no Envoy has it yet$/);
  assert.deepEqual(controlPlane.snapshots.get("fleet/edge")?.counts(), {});
});

test("many new services are handed out before the rest that comes with them, which is one change in the log", async (t) => {
  const gateways = (port: number) => `gateways: { a: { listeners: { http: { protocol: HTTP, port: ${port} } } } }\n`;
  const routes = (to: string) => `routes: { r: { parents: a/http, rules: { all: { to: ${to} } } } }\n`;
  const services = (names: readonly string[]) =>
    `services:\n${names.map((name) => `  ${name}: { endpoints: 10.0.0.1:80 }\n`).join("")}`;
  const fleet = (own: readonly string[]) => `fleets: { edge: { match: "*", services: [${own.join(", ")}] } }\n`;
  const many = Array.from({ length: 100 }, (_, i) => `s${i}`);
  const before = fleet(["old"]) + gateways(80) + routes("old") + services(["old"]);
  const { logged, controlPlane, files } = await started(t, { "a.yaml": before });
  const { snapshots } = controlPlane;
  const seen: unknown[] = [];
  const isDone = Promise.withResolvers<void>();
  t.after(
    snapshots.watch("fleet/edge", () => {
      const snapshot = snapshots.get("fleet/edge");
      const clusters = [...(snapshot?.set(`${types}.cluster.v3.Cluster`).resources.keys() ?? [])];
      const listeners = [...(snapshot?.set(`${types}.listener.v3.Listener`).resources.keys() ?? [])];
      seen.push([clusters.length, clusters.includes("old"), listeners]);
      if (seen.length === 2) isDone.resolve();
    }),
  );
  await files.write("a.yaml", fleet(many) + gateways(81) + routes("s0") + services(many));
  await isDone.promise;
  assert.deepEqual(seen, [
    [101, true, ["a:80"]],
    [100, false, ["a:81"]],
  ]);
  const line = await logged(/100 new/);
  const all = "clusters (100 new, 1 gone), endpoints (100 new, 1 gone), listeners +a:81 -a:80, routes a/http";
  assert.equal(line, `Fleet "edge": ${all}; no Envoy has it yet`);
});

test("of two files for a node the first keeps it, and both places are named", async (t) => {
  const { get, files, logged } = await started(t, {
    "a.yaml": snapshot("x", "first"),
    "b.yaml": `# a comment\n${snapshot("x", "second")}`,
  });
  await logged(/^b\.yaml:2:1: node: node "x" has a snapshot in a\.yaml:1:1 already/);
  assert.equal((await json(get, "/api/v1/snapshots/x")).version, "first");
  await files.remove("a.yaml");
  await logged(/^Node "x" now has .* version "second", from b\.yaml/);
});

test("a document without a node is a problem, and its file's earlier nodes stay", async (t) => {
  const { get, files, logged } = await started(t, { "a.yaml": snapshot("x", "1") });
  await files.write("a.yaml", `nod: x\n${snapshot("x", "2").replace("node", "another")}`);
  await logged(/^a\.yaml:1:1: node: the id of the Envoy node .* is missing/);
  assert.equal((await json(get, "/api/v1/snapshots/x")).version, "1");
});

test("a file's node is the file's: PUT is refused, and a file takes over what was PUT", async (t) => {
  const { get, files, logged, put } = await started(t, { "a.yaml": snapshot("a", "1") });
  assert.equal((await put("a", "2")).status, 409);
  assert.equal((await put("b", "2")).status, 200);
  await logged(/^Node "b" now has .* version "2", from PUT/);
  await files.write("b.yaml", snapshot("b", "3"));
  await logged(/^Node "b" now has .* version "3", from b\.yaml/);
  assert.equal((await put("b", "4")).status, 409);
  assert.deepEqual(await nodes(get), ["a", "b"]);
});

test("draining is seen by readyz, and afterwards both ports are closed", async (t) => {
  const { controlPlane, get } = await started(t, {});
  const drained = controlPlane.drain({ graceMs: 0 });
  const probe = await get("/readyz").catch(() => undefined);
  assert.notEqual(probe?.status, 200);
  await drained;
  await assert.rejects(get("/healthz"));
});

test("a start that fails leaves nothing open", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await once(taken, "listening");
  const bound = taken.address();
  assert(typeof bound === "object" && bound !== null);
  const xds = { host: "127.0.0.1", port: bound.port };
  await assert.rejects(startControlPlane({ xds, http: free }), {
    name: "ChanceryError",
    code: "xds-address",
    message: `Cannot listen on "127.0.0.1:${bound.port}": another process has that port`,
  });
});

function snapshot(node: string, version: string): string {
  return `node: ${node}\nversion: "${version}"\nresources: {}\n`;
}

type Get = (path: string) => Promise<Response>;

async function json(get: Get, path: string) {
  const answer = await get(path);
  assert.equal(answer.status, 200);
  return JSON.parse(await answer.text());
}

async function nodes(get: Get): Promise<string[]> {
  return (await json(get, "/api/v1/snapshots")).map(({ node }: { node: string }) => node);
}

async function started(t: TestContext, initial: Record<string, string>, options: ControlPlaneOptions = {}) {
  const cwd = await mkdtemp(join(tmpdir(), "chancery-control-plane-"));
  const files = {
    write: (name: string, text: string) => writeFile(join(cwd, name), text),
    remove: (name: string) => rm(join(cwd, name)),
    end: () => rm(cwd, { recursive: true, force: true }),
  };
  for (const [name, text] of Object.entries(initial)) await files.write(name, text);
  const { log, logged } = capture();
  const controlPlane = await startControlPlane({ xds: free, http: free, paths: ["."], cwd, log, ...options });
  t.after(async () => {
    await controlPlane.close();
    await files.end();
  });
  const base = `http://127.0.0.1:${controlPlane.http.port}`;
  const get: Get = (path) => fetch(base + path);
  const put = (node: string, version: string) =>
    fetch(`${base}/api/v1/snapshots/${node}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ version, resources: {} }),
    });
  return { controlPlane, files, logged, get, put };
}

/** A log that can be waited for. */
function capture() {
  const stream = new PassThrough();
  const messages: string[] = [];
  stream.on("data", (line) => messages.push(JSON.parse(String(line)).msg));
  const logged = async (pattern: RegExp): Promise<string> => {
    const signal = AbortSignal.timeout(10_000);
    for (;;) {
      const found = messages.find((message) => pattern.test(message));
      if (found !== undefined) return found;
      const more = await once(stream, "data", { signal }).catch(() => undefined);
      assert(more, `${pattern} is not in the log:\n${messages.join("\n")}`);
    }
  };
  return { log: createLogger(stream, { format: "json" }), logged };
}
