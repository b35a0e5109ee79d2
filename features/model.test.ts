import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type ServedFolder, serveFolder } from "./harness/served-folder.ts";
import { adsMethods, cds, eds, lds } from "./harness/server.ts";

const gateways = "gateways: { public: { listeners: { http: { protocol: HTTP, port: 8080 } } } }\n";
const edge = `fleets: { edge: { match: "edge-*" } }\n`;
const shop = "routes: { shop: { parents: public/http, to: shop } }\nservices: { shop: { endpoints: 10.0.0.5:80 } }\n";
const secrets = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

test("an Envoy gets what its fleet has, and another one a listener that says that it has none", async (t) => {
  const served = await serveFolder(t, { "all.yaml": edge + gateways + shop });
  const [mine, other] = [served.open(), served.open()];
  mine.send({ node: "edge-1", type: lds });
  assert.match(String((await mine.next()).bytes), /public:8080/);
  other.send({ node: "core-1", type: lds });
  assert.match(String((await other.next()).bytes), /no-fleet:0\.0\.0\.0:8080.*belongs to no fleet/s);
  await served.logged(/Envoy "core-1" belongs to no fleet/);
});

test("a fleet that takes an Envoy in while it is connected serves it from then on", async (t) => {
  const served = await serveFolder(t, { "all.yaml": edge + gateways + shop });
  const stream = served.open();
  stream.send({ node: "core-1", type: lds });
  const { nonce } = await stream.next();
  stream.send({ type: lds, nonce });
  await served.write("core.yaml", `fleets: { core: { match: "core-*" } }\n`);
  assert.match(String((await stream.next()).bytes), /public:8080/);
});

test("a change is one line in the log that says what it was and what became of it", async (t) => {
  const served = await serveFolder(t, { "all.yaml": edge + gateways + shop });
  const stream = served.open();
  stream.send({ node: "edge-1", type: eds, names: ["shop"] });
  stream.send({ type: eds, names: ["shop"], nonce: (await stream.next()).nonce });
  await served.write("all.yaml", edge + gateways + shop.replace("10.0.0.5", "10.0.0.6"));
  stream.send({ type: eds, names: ["shop"], nonce: (await stream.next()).nonce });
  assert.match(
    await served.logged(/10\.0\.0|endpoints shop/),
    /^Fleet "edge": endpoints shop; sent to 1, 1 ACKed in \d+ ms$/,
  );
});

test("a refusal names the line that the resource comes from", async (t) => {
  const served = await serveFolder(t, { "all.yaml": edge + gateways + shop });
  const stream = served.open();
  stream.send({ node: "edge-1", type: cds });
  const { nonce } = await stream.next();
  stream.send({ type: cds, nonce, nack: "shop is no good" });
  assert.match(await served.logged(/refused/), /: shop is no good; see all\.yaml:4:13 \(services\.shop\)$/);
});

test("a refusal of what a patch changed names the patch first", async (t) => {
  const patch = "target: { type: clusters, name: shop }, operations: { op: add, path: /alt_stat_name, value: x }";
  const patches = `patches: { odd: { ${patch} } }\n`;
  const served = await serveFolder(t, { "all.yaml": edge + gateways + shop, "patches.yaml": patches });
  const stream = served.open();
  stream.send({ node: "edge-1", type: cds });
  const { nonce } = await stream.next();
  stream.send({ type: cds, nonce, nack: "shop is odd" });
  const line = await served.logged(/refused/);
  assert.match(line, /: shop is odd; see patches\.yaml:1:12 \(patches\.odd\), all\.yaml:4:13 \(services\.shop\)$/);
});

test("a broken file keeps what it last said, while others move on, and after a restart too", async (t) => {
  const served = await serveFolder(t, { "all.yaml": edge + gateways + shop, "more.yaml": more(1) });
  assert.deepEqual(await clusters(served), ["more-1", "shop"]);
  await served.write("all.yaml", `${edge + gateways + shop}services: [\n`);
  await served.logged(/is not valid YAML/);
  await served.write("more.yaml", more(2));
  await served.logged(/\+more-2/);
  assert.deepEqual(await clusters(served), ["more-2", "shop"]);
  const again = await served.restart();
  assert.deepEqual(await clusters(again), ["more-2", "shop"]);
});

test("an object with a mistake stays as it was, and after a restart too", async (t) => {
  const served = await serveFolder(t, { "all.yaml": edge + gateways + shop });
  await served.write("all.yaml", edge + gateways + shop.replace("10.0.0.5:80", "10.0.0.500:80"));
  await served.logged(/must be HOST:PORT/);
  assert.match(await endpointsOf(served), /10\.0\.0\.5/);
  assert.match(await endpointsOf(await served.restart()), /10\.0\.0\.5/);
});

test("a key that stands twice costs its object alone: the others of the file move on, and after a restart too", async (t) => {
  const served = await serveFolder(t, { "all.yaml": edge + gateways + shop });
  const twice = shop.replace("endpoints: 10.0.0.5:80", "endpoints: 10.0.0.6:80, endpoints: 10.0.0.7:80");
  await served.write("all.yaml", `${edge + gateways + twice}${more(1).replaceAll("more", "also")}${more(2)}`);
  await served.logged(/"services" stands in line 4 already; what both have counts; put them together/);
  await served.logged(/all\.yaml:4:\d+: services\.shop: has the key "endpoints" in line 4 twice; keep one of them/);
  assert.match(await endpointsOf(served), /10\.0\.0\.5/);
  assert.deepEqual(await clusters(served), ["also-1", "more-2", "shop"]);
  const again = await served.restart();
  assert.match(await endpointsOf(again), /10\.0\.0\.5/);
  assert.deepEqual(await clusters(again), ["also-1", "more-2", "shop"]);
});

test("a new certificate is a new secret and nothing else; one that does not fit its key changes nothing", async (t) => {
  const pem = (name: string) =>
    readFile(join(import.meta.dirname, "../packages/chancery/src/translate/testdata", name), "utf8");
  const tls =
    "gateways: { public: { listeners: { https: { protocol: HTTPS, port: 8443, tls: { certificates: shop } } } } }\n";
  const certificates = "certificates: { shop: { files: { cert: cert.pem, key: key.pem } } }\n";
  const route = "routes: { shop: { parents: public/https, respond: 204 } }\n";
  const served = await serveFolder(t, {
    "all.yaml": edge + tls + certificates + route,
    "cert.pem": await pem("shop.pem"),
    "key.pem": await pem("shop.key.pem"),
  });
  const stream = served.open(adsMethods.delta);
  stream.send({ node: "edge-1", type: secrets, names: ["cert/shop"] });
  const first = await stream.next();
  assert.match(String(first.bytes), /cert\/shop/);
  stream.send({ type: secrets, nonce: first.nonce });
  await served.write("cert.pem", await pem("ca.pem"));
  assert.match(
    await served.logged(/does not fit/),
    /^all\.yaml:3:\d+: certificates\.shop\.files\.key: does not fit the certificate of "ca"; the last good one stays/,
  );
  await served.write("cert.pem", `${await pem("shop.pem")}\n`);
  const second = await stream.next();
  assert.match(String(second.bytes), /cert\/shop/);
  stream.send({ type: secrets, nonce: second.nonce });
  assert.match(await served.logged(/secrets cert/), /^Fleet "edge": secrets cert\/shop; sent to 1, 1 ACKed/);
});

function more(number: number): string {
  return `services: { more-${number}: { endpoints: 10.0.0.9:80 } }\nroutes: { more: { parents: public/http, hosts: more.example.com, to: more-${number} } }\n`;
}

async function endpointsOf(served: ServedFolder): Promise<string> {
  const stream = served.open();
  stream.send({ node: "edge-1", type: eds, names: ["shop"] });
  return String((await stream.next()).bytes);
}

async function clusters(served: ServedFolder): Promise<string[]> {
  const snapshot = served.controlPlane.snapshots.get("fleet/edge");
  return [...(snapshot?.set(cds).resources.keys() ?? [])];
}
