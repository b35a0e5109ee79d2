import assert from "node:assert/strict";
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
