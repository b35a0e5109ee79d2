import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { formatAddress } from "../packages/chancery/src/address.ts";
import { folderWith, runCommand } from "../packages/chancery/src/cli/testdata/run-command.ts";
import type { TestStream } from "./harness/client.ts";
import { serveFolder } from "./harness/served-folder.ts";
import { adsMethods, cds, eds, lds, rds } from "./harness/server.ts";

const model = `
fleets: { edge: { match: "edge-*" } }
gateways:
  public: { listeners: { http: { protocol: HTTP, port: 8080 }, other: { protocol: HTTP, port: 8081 } } }
routes: { shop: { parents: public/http, to: shop }, other: { parents: public/other, respond: 200 } }
services: { shop: { endpoints: 10.0.0.5:80 } }
`;

test("a plan says what would change, for which nodes, and how much each is sent", async (t) => {
  const served = await serveFolder(t, { "all.yaml": model });
  await subscribe(served.open(), "edge-1");
  await subscribe(served.open(adsMethods.delta), "edge-2");
  const folder = await folderWith(t, { "same.yaml": model, "next.yaml": model.replace("10.0.0.5", "10.0.0.6") });
  const plan = (file: string, ...args: readonly string[]) =>
    runCommand(["plan", file, "--http", formatAddress(served.controlPlane.http), ...args], folder);

  assert.deepEqual(await plan("same.yaml"), { code: 0, stdout: "Nothing would change\n", stderr: "" });

  const { code, stdout } = await plan("next.yaml");
  assert.equal(code, 1);
  assert.match(stdout, /^Model\n {2}~ services shop\n {6}~ endpoints\[0\]\.host: "10\.0\.0\.5" → "10\.0\.0\.6"\n/);
  assert.match(stdout, /\nFleet "edge"\n {2}~ endpoints shop\n/);
  assert.match(stdout, /\nBlast radius\n {2}fleet "edge": 2 nodes: edge-1, edge-2\n/);
  assert.match(stdout, /each is sent \d+ bytes \(delta\) or \d+ bytes \(SotW\); \d+ bytes in all\n/);
  assert.match(stdout, /no connection of a client drains\n$/);

  const { blast } = JSON.parse((await plan("next.yaml", "--format", "json")).stdout);
  const [{ bytes, bytesPerNode }] = blast;
  assert.equal(bytes, bytesPerNode.sotw + bytesPerNode.delta);
});

test("what a plan says of bytes is what is sent", async (t) => {
  const served = await serveFolder(t, { "all.yaml": model });
  const streams = { sotw: served.open(), delta: served.open(adsMethods.delta) };
  for (const [variant, stream] of Object.entries(streams)) {
    stream.send({ node: `edge-${variant}`, type: eds, names: ["shop"] });
    stream.send({ type: eds, names: ["shop"], nonce: (await stream.next()).nonce });
  }
  const next = model
    .replace("10.0.0.5", "shop.internal")
    .replace("endpoints: shop.internal:80", "endpoints: [10.0.0.6:80, 10.0.0.7:80]");
  const folder = await folderWith(t, { "next.yaml": next });
  const args = ["plan", ".", "--http", formatAddress(served.controlPlane.http), "--format", "json"];
  const { blast } = JSON.parse((await runCommand(args, folder)).stdout);
  await served.write("all.yaml", next);
  for (const [variant, stream] of Object.entries(streams)) {
    const { bytes } = await stream.next();
    const planned = blast[0].bytesPerNode[variant];
    // Beside resources a response has its version, type and nonce.
    assert.ok(bytes.length > planned && bytes.length < planned + 150, `${bytes.length} for ${planned} in ${variant}`);
  }
});

test("a plan names listeners that drain, clusters that are warmed again, and nodes that move", async (t) => {
  const served = await serveFolder(t, { "all.yaml": model });
  await subscribe(served.open(), "edge-1");
  const next = model
    .replace("port: 8081", "port: 8082")
    .replace("fleets: {", `fleets: { core: { match: "*-1", priority: 1 },`)
    .replace("10.0.0.5:80", "10.0.0.5:80, protocol: http2");
  const folder = await folderWith(t, { "next.yaml": next });
  const { stdout } = await runCommand(["plan", ".", "--http", formatAddress(served.controlPlane.http)], folder);
  assert.match(stdout, /! listener "public:8081" drains all connections, since it is removed\n/);
  assert.match(stdout, /! warmed again, with new connections: shop\n/);
  assert.match(stdout, /fleet "core": no node is connected\n/);
  assert.match(stdout, /! node "edge-1" moves from fleet "edge" to fleet "core"\n/);
});

test("snapshots that were PUT are no part of a plan, unless a file comes for their node", async (t) => {
  const served = await serveFolder(t, { "all.yaml": model });
  const http = formatAddress(served.controlPlane.http);
  const body = JSON.stringify({ resources: { clusters: [{ name: "mine" }] } });
  const headers = { "content-type": "application/json" };
  const put = await fetch(`http://${http}/api/v1/snapshots/alone`, { method: "PUT", headers, body });
  assert.equal(put.status, 200);
  const folder = await folderWith(t, { "model.yaml": model });
  const plan = () => runCommand(["plan", ".", "--http", http], folder);
  assert.equal((await plan()).stdout, "Nothing would change\n");
  await mkdir(join(folder, "more"));
  await writeFile(join(folder, "more/alone.yaml"), "node: alone\nresources: { clusters: [{ name: theirs }] }\n");
  assert.match((await plan()).stdout, /Node "alone"\n {2}- clusters mine\n {2}\+ clusters theirs\n/);
});

test("a plan of files with errors is that of what a control plane would take of them", async (t) => {
  const before = model.replace(
    "to: shop }",
    "rules: { api: { match: { path: /api }, to: shop }, rest: { to: shop } } }",
  );
  const served = await serveFolder(t, { "all.yaml": before });
  const next = before
    .replace("match: { path: /api }", "match: { path: api }")
    .replace("rest: { to: shop }", "rest: { to: shop, timeout: 7s }")
    .replace("endpoints: 10.0.0.5:80", "endpoints: 10.0.0.300:80")
    .replace("respond: 200", "respond: 204");
  const folder = await folderWith(t, { "next.yaml": next, "cut.yaml": "routes: {" });
  const plan = (file: string) =>
    runCommand(["plan", file, "--with-errors", "--http", formatAddress(served.controlPlane.http)], folder);

  const { code, stdout, stderr } = await plan("next.yaml");
  assert.equal(code, 2);
  assert.match(stderr, /next\.yaml:5:\d+: routes\.shop\.rules\.api/);
  assert.match(stderr, /next\.yaml:6:\d+: services\.shop\.endpoints/);
  assert.match(stdout, /^Model\n {2}~ routes shop\n.*\n {2}~ routes other\n.*\n\n/);
  assert.match(stdout, /rules\.rest\.timeout/);
  assert.doesNotMatch(stdout, /rules\.api|services shop|order:/);
  // And that is what it does.
  await served.write("all.yaml", next);
  await t.waitFor(async () => {
    const config = await fetch(`http://${formatAddress(served.controlPlane.http)}/api/v1/config`);
    assert.match(await config.text(), /"status":204/);
  });
  const after = await plan("next.yaml");
  assert.deepEqual([after.code, after.stdout], [2, "Nothing would change\n"]);

  const cut = await plan("cut.yaml");
  assert.equal(cut.code, 2);
  assert.match(cut.stderr, /Nothing is planned: mend the errors first\n$/);
});

test("a plan needs files that are right, and a control plane", async (t) => {
  const folder = await folderWith(t, { "bad.yaml": "routes: { shop: { nix: 1 } }\n", "good.yaml": model });
  const bad = await runCommand(["plan", "bad.yaml", "--http", "127.0.0.1:1"], folder);
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /bad\.yaml:1:\d+: .*\nchancery: Nothing is planned: mend the errors first\n$/s);
  const alone = await runCommand(["plan", "good.yaml", "--http", "127.0.0.1:1"], folder);
  assert.equal(alone.code, 2);
  assert.match(alone.stderr, /Cannot reach a control plane at "127\.0\.0\.1:1"/);
});

/** Asks for everything, as an Envoy does, and takes it. */
async function subscribe(stream: TestStream, node: string): Promise<void> {
  for (const [index, type] of [cds, lds, eds, rds].entries()) {
    const names = type === eds ? ["shop"] : type === rds ? ["public/http", "public/other"] : [];
    stream.send({ ...(index === 0 && { node }), type, names });
    stream.send({ type, names, nonce: (await stream.next()).nonce });
  }
}
