import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { shopModel } from "../explain/testdata/shop-model.ts";
import { folderWith, runCommand } from "./testdata/run-command.ts";

test("diff shows what differs in the model, and in what each fleet gets, field by field", async (t) => {
  const after = `${shopModel.replace("prefix: /api", "prefix: /v2").replace("9000", "9001")}
  cart: { parents: public, hosts: cart.example.com, respond: 200 }
`;
  const cwd = await folderWith(t, { "a.yaml": shopModel, "b.yaml": after });
  const { code, stdout } = await runCommand(["diff", "a.yaml", "b.yaml"], cwd);
  assert.equal(code, 1);
  assert.equal(
    stdout,
    `Model
  ~ routes shop
      ~ rules.api.match[0].path.prefix: "/api" → "/v2"
  + routes cart
  ~ services shop
      ~ endpoints[0].port: 9000 → 9001

Fleet "edge"
  ~ endpoints shop
      ~ endpoints[0].lb_endpoints[0].endpoint.address.socket_address.port_value: 9000 → 9001
  ~ routes public/http
      ~ virtual_hosts[public/http/shop.example.com].routes[shop#api].match.path_separated_prefix: "/api" → "/v2"
      + virtual_hosts[public/http/cart.example.com]: ${addedHost.slice(0, 79)}…
`,
  );
});

const addedHost =
  '{"name":"public/http/cart.example.com","domains":["cart.example.com"],"routes":[{"match":{"prefix":"/"}';

test("what is written in another way and means the same does not differ", async (t) => {
  const other = shopModel.replace("parents: [public/http]", "parents: public/http # short");
  const cwd = await folderWith(t, { "a/a.yaml": shopModel, "b/b.yaml": other });
  assert.deepEqual(await runCommand(["diff", "a", "b"], cwd), { code: 0, stdout: "", stderr: "" });
});

test("durations are shown as a person writes them", async (t) => {
  const model = (request: string, idle: string) => `${shopModel}
  slow: { parents: public/http, hosts: a.example.com, to: shop, timeout: { request: ${request}, idle: ${idle} } }
  cookies: { parents: public/http, hosts: b.example.com, to: shop, timeout: ${request} }
`;
  const cwd = await folderWith(t, { "a.yaml": model("5s", "1h"), "b.yaml": model("1m30s", '"off"') });
  const { stdout } = await runCommand(["diff", "a.yaml", "b.yaml"], cwd);
  const [objects] = stdout.split("\n\n");
  assert.equal(
    objects,
    `Model
  ~ routes slow
      ~ rules.all.timeout.request: "5s" → "90s"
      ~ rules.all.timeout.idle: "1h" → "off"
  ~ routes cookies
      ~ rules.all.timeout.request: "5s" → "90s"`,
  );
});

test("a fleet that is new or gone is said to be, with all its resources", async (t) => {
  const cwd = await folderWith(t, { "a.yaml": shopModel, "b.yaml": shopModel.replace("edge: {", "core: {") });
  const { stdout } = await runCommand(["diff", "a.yaml", "b.yaml"], cwd);
  assert.match(stdout, /\nFleet "edge" is gone\n {2}- clusters shop\n/);
  assert.match(stdout, /\nFleet "core" is new\n {2}\+ clusters shop\n/);
});

test("a secret that changes differs, and is not shown", async (t) => {
  const secret = (text: string) => `${shopModel}
certificates: { pass: { kind: secret, inline: { secret: ${text} } } }
patches: {}
`;
  const raw = (text: string) =>
    `node: edge-1\nresources: { secrets: [{ name: pass, generic_secret: { secret: { inline_string: ${text} } } }] }\n`;
  const cwd = await folderWith(t, {
    "a/model.yaml": secret("first"),
    "a/raw.yaml": raw("first"),
    "b/model.yaml": secret("second"),
    "b/raw.yaml": raw("second"),
  });
  const { code, stdout } = await runCommand(["diff", "a", "b"], cwd);
  assert.equal(code, 1);
  assert.match(stdout, /Node "edge-1"\n {2}~ secrets pass \(in what is not shown\)\n/);
  assert.doesNotMatch(stdout, /first|second/);
});

test("an Envoy's own file is compared with what the fleet would have in such a file", async (t) => {
  const cwd = await folderWith(t, { "model.yaml": shopModel, "next.yaml": shopModel.replace("9000", "9001") });
  await runCommand(["translate", "model.yaml", "--static", "--node", "me", "-o", "envoy.yaml"], cwd);
  const same = await runCommand(["diff", "envoy.yaml", "model.yaml"], cwd);
  assert.deepEqual(same, { code: 0, stdout: "", stderr: "" });
  const { code, stdout } = await runCommand(["diff", "envoy.yaml", "next.yaml"], cwd);
  assert.equal(code, 1);
  const field = "load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.port_value";
  assert.equal(stdout, `Fleet "edge"\n  ~ clusters shop\n      ~ ${field}: 9000 → 9001\n`);
});

test("what import made of an Envoy's own file does not differ from it, whichever forms the file has", async (t) => {
  const files = readdirSync(importTestdata).filter((name) => name.endsWith(".in.yaml"));
  assert.ok(files.length > 5);
  const texts = files.map((name): [string, string] => [
    name,
    withFilesOf(readFileSync(join(importTestdata, name), "utf8")),
  ]);
  const pem = (name: string) => readFileSync(join(certificates, name), "utf8");
  const cwd = await folderWith(t, {
    ...Object.fromEntries(texts),
    ...{ "shop.pem": pem("shop.pem"), "shop.key.pem": pem("shop.key.pem"), "ca.pem": pem("ca.pem") },
  });
  for (const name of files) {
    await runCommand(["import", name, "-o", `${name}.model.yaml`], cwd);
    const same = await runCommand(["diff", name, `${name}.model.yaml`], cwd);
    assert.deepEqual({ name, ...same }, { name, code: 0, stdout: "", stderr: "" });
    const other = await runCommand(["diff", `${name}.model.yaml`, name], cwd);
    assert.deepEqual({ name, ...other }, { name, code: 0, stdout: "", stderr: "" });
  }
});

const importTestdata = join(import.meta.dirname, "../import/testdata");
const certificates = join(import.meta.dirname, "../translate/testdata");

/** The text, in which all files of certificates are there. */
function withFilesOf(text: string): string {
  return text.replaceAll(/filename: [\w./-]+\.(crt|key|pem)/g, (_, kind) => {
    const name = { crt: "shop.pem", key: "shop.key.pem" }[String(kind)] ?? "ca.pem";
    return `filename: ${name}`;
  });
}

test("an Envoy's own file differs from a model in what it means, and names of listeners are no part of that", async (t) => {
  const envoy = `
node: { id: me, cluster: core }
static_resources:
  listeners:
    - per_connection_buffer_limit_bytes: 32768
      address: { socket_address: { address: 127.0.0.1, port_value: 9000 } }
      filter_chains:
        filters: { name: tcp, typed_config: { "@type": ${tcpProxy}, stat_prefix: t, cluster: db } }
  clusters:
    - { name: db, type: static, connect_timeout: 5s, load_assignment: { cluster_name: db, endpoints: [{ lb_endpoints: [${endpoint}] }] } }
`;
  const model = (port: number) => `
fleets: { edge: { match: { cluster: edge } }, core: { match: { cluster: core } } }
gateways: { inside: { address: 127.0.0.1, listeners: { db: { protocol: TCP, port: 9000 } } } }
routes: { db: { parents: inside, protocol: tcp, to: db } }
services: { db: { endpoints: "10.0.0.1:${port}", protocol: tcp } }
`;
  const cwd = await folderWith(t, { "envoy.yaml": envoy, "a.yaml": model(5432), "b.yaml": model(5433) });
  assert.deepEqual(await runCommand(["diff", "envoy.yaml", "a.yaml"], cwd), { code: 0, stdout: "", stderr: "" });
  const { code, stdout } = await runCommand(["diff", "envoy.yaml", "b.yaml"], cwd);
  const field = "load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.port_value";
  assert.deepEqual([code, stdout], [1, `Fleet "core"\n  ~ clusters db\n      ~ ${field}: 5432 → 5433\n`]);
});

const tcpProxy = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
const endpoint = "{ endpoint: { address: { socket_address: { address: 10.0.0.1, port_value: 5432 } } } }";

test("what is wrong in an Envoy's own file is named with its place", async (t) => {
  const cwd = await folderWith(t, {
    "envoy.yaml": "staticResources:\n  clusters:\n    - { name: a, conect_timeout: 1s }\n",
    "model.yaml": "fleets: { a: { match: '*' } }\n",
  });
  const { code, stderr } = await runCommand(["diff", "envoy.yaml", "model.yaml"], cwd);
  assert.equal(code, 2);
  assert.match(stderr, /^envoy\.yaml:3:7: clusters\[0\]: unknown field "conect_timeout"/);
});

test("a model that has no fleet for an Envoy's own file is said to have none", async (t) => {
  const model = "fleets: { a: { match: { cluster: a } }, b: { match: { cluster: b } } }\n";
  const cwd = await folderWith(t, {
    "envoy.yaml": "static_resources: {}\n",
    "model.yaml": model,
    "none.yaml": "services: {}\n",
  });
  const several = await runCommand(["diff", "envoy.yaml", "model.yaml"], cwd);
  assert.equal(several.code, 2);
  assert.match(several.stderr, /"model\.yaml" has several fleets, none of which is for the node/);
  assert.match((await runCommand(["diff", "envoy.yaml", "none.yaml"], cwd)).stderr, /"none\.yaml" has no fleet/);
});

test("diff writes JSON for programs", async (t) => {
  const cwd = await folderWith(t, { "a.yaml": shopModel, "b.yaml": shopModel.replace("9000", "9001") });
  const { stdout } = await runCommand(["diff", "a.yaml", "b.yaml", "--format", "json"], cwd);
  const { objects, groups } = JSON.parse(stdout);
  const fields = [{ path: "endpoints[0].port", before: 9000, after: 9001 }];
  assert.deepEqual(objects, [{ change: "changed", kind: "services", name: "shop", fields }]);
  assert.deepEqual([groups.length, groups[0].kind, groups[0].name, groups[0].change], [1, "fleet", "edge", "changed"]);
});

test("what is wrong is named, left out, and makes the exit code 2", async (t) => {
  const cwd = await folderWith(t, { "a.yaml": shopModel, "b.yaml": `${shopModel}  bad: { nix: 1 }\n` });
  const { code, stdout, stderr } = await runCommand(["diff", "a.yaml", "b.yaml"], cwd);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^b\.yaml:10:10: routes\.bad\.nix: unknown field/m);
  assert.equal((await runCommand(["diff", "a.yaml"], cwd)).code, 2);
});
