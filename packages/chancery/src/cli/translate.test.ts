import assert from "node:assert/strict";
import { copyFile, mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { shopModel } from "../explain/testdata/shop-model.ts";
import { folderWith, runCommand } from "./testdata/run-command.ts";

const secureModel = `
fleets:
  edge: { match: "*", accessLog: { to: chancery } }
gateways:
  public: { listeners: { https: { port: 8443, protocol: HTTPS, tls: { certificates: shop } } } }
certificates: { shop: { files: { cert: shop.pem, key: shop.key.pem } } }
services: { shop: { endpoints: "127.0.0.1:9000" } }
routes: { shop: { parents: public, to: shop } }
`;

async function secureFolder(t: Parameters<typeof folderWith>[0]): Promise<string> {
  const cwd = await folderWith(t, { "config/edge.yaml": secureModel });
  const testdata = join(import.meta.dirname, "../translate/testdata");
  for (const name of ["shop.pem", "shop.key.pem"]) await copyFile(join(testdata, name), join(cwd, "config", name));
  return cwd;
}

test("translate shows the resources of each fleet, or some of them", async (t) => {
  const second = "fleets: { other: { match: x, gateways: [public] } }\n";
  const cwd = await folderWith(t, { "config/shop.yaml": shopModel, "config/other.yaml": second });
  const { code, stdout } = await runCommand(["translate", "config"], cwd);
  assert.equal(code, 0);
  const all = parse(stdout);
  assert.deepEqual(Object.keys(all).sort(), ["edge", "other"]);
  assert.deepEqual(Object.keys(all.edge).sort(), ["clusters", "endpoints", "listeners", "routes"]);
  const some = ["--fleet", "edge", "--type", "endpoints", "--format", "json"];
  assert.deepEqual(JSON.parse((await runCommand(["translate", "config", ...some], cwd)).stdout), {
    edge: { endpoints: all.edge.endpoints },
  });
  const endpoint = { address: { socket_address: { address: "127.0.0.1", port_value: 9000 } } };
  const [shop] = all.edge.endpoints;
  assert.equal(shop.cluster_name, "shop");
  assert.deepEqual(shop.endpoints[0].lb_endpoints[0].endpoint, endpoint);
});

test("translate shows no private key unless it is asked to", async (t) => {
  const cwd = await secureFolder(t);
  for (const args of [[], ["--static"]]) {
    const { stdout } = await runCommand(["translate", "config", ...args], cwd);
    assert.match(stdout, /private_key:\n +inline_string: "?\[redacted\]/);
    assert.doesNotMatch(stdout, /PRIVATE KEY/);
    assert.match((await runCommand(["translate", "config", "--show-secrets", ...args], cwd)).stdout, /PRIVATE KEY/);
  }
});

test("translate writes what is good, names what is not, and exits with 1; half an Envoy is not exported", async (t) => {
  const cwd = await folderWith(t, { "shop.yaml": `${shopModel}  bad: { nix: 1 }\n` });
  const shown = await runCommand(["translate", "."], cwd);
  assert.equal(shown.code, 1);
  assert.match(shown.stderr, /^shop\.yaml:10:10: routes\.bad\.nix: unknown field/m);
  assert.match(shown.stdout, /name: shop#api/);
  const exported = await runCommand(["translate", ".", "--static"], cwd);
  assert.deepEqual([exported.code, exported.stdout], [1, ""]);
  assert.match(exported.stderr, /Nothing is written: mend the errors first/);
});

test("a static export has everything in its place, and leaves out what a control plane would be needed for", async (t) => {
  const cwd = await secureFolder(t);
  const args = ["translate", "config", "--static", "--admin", "127.0.0.1:9901", "-o", "out/envoy.yaml"];
  const { code, stderr, stdout } = await runCommand(args, cwd);
  assert.deepEqual([code, stdout], [0, ""]);
  assert.match(stderr, /^config\/edge\.yaml:3:\d+: fleets\.edge\.accessLog: .* left out; keep it with --control-plane/);
  const file = join(cwd, "out/envoy.yaml");
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const written = await readFile(file, "utf8");
  const envoy = parse(written);
  assert.equal(envoy.admin.address.socket_address.port_value, 9901);
  assert.match(envoy.static_resources.secrets[0].tls_certificate.private_key.inline_string, /PRIVATE KEY/);
  assert.doesNotMatch(written, /ads: |xds_cluster/);
});

test("with a control plane a static export keeps what is sent there", async (t) => {
  const cwd = await secureFolder(t);
  const args = ["translate", "config", "--static", "--control-plane", "10.0.0.1:18000", "--format", "json"];
  const { stderr, stdout } = await runCommand(args, cwd);
  assert.equal(stderr, "Secrets are left out; --output FILE or --show-secrets has them\n");
  const { clusters } = JSON.parse(stdout).static_resources;
  assert.deepEqual(
    clusters.map(({ name }: { readonly name: string }) => name),
    ["shop", "xds_cluster"],
  );
  assert.match(stdout, /HttpGrpcAccessLogConfig/);
});

test("what would not run without a control plane is not written without one", async (t) => {
  const patch = `patches:
  load: { target: { type: clusters, name: shop }, operations: [{ op: add, path: /altStatName, value: xds_cluster }] }
`;
  const cwd = await folderWith(t, { "a.yaml": shopModel, "b.yaml": patch });
  for (const how of [["--static"], ["--filesystem", "out"]]) {
    const { code, stdout, stderr } = await runCommand(["translate", ".", ...how], cwd);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /fleets\.edge: clusters "shop" refers to the control plane; keep it with --control-plane/);
    assert.match(stderr, /Nothing is written: it would not run without a control plane\n$/);
    assert.equal((await runCommand(["translate", ".", ...how, "--control-plane", "127.0.0.1:1"], cwd)).code, 0);
  }
});

test("a folder is written as versions behind a link, keys for their owner alone, the version before the last removed", async (t) => {
  const cwd = await secureFolder(t);
  const write = () => runCommand(["translate", "config", "--filesystem", "out"], cwd);
  assert.match((await write()).stderr, /Wrote 5 files to "out"\n$/);
  const first = await readlink(join(cwd, "out/current"));
  assert.deepEqual(await readdir(join(cwd, "out")), ["bootstrap.yaml", "current", first]);
  const current = join(cwd, "out/current");
  assert.deepEqual((await readdir(current)).sort(), ["cds.yaml", "eds", "lds.yaml", "rds", "sds"]);
  assert.equal((await stat(join(current, "sds/cert%2Fshop.yaml"))).mode & 0o777, 0o600);
  const { path_config_source: source } = parse(await readFile(join(cwd, "out/bootstrap.yaml"), "utf8"))
    .dynamic_resources.lds_config;
  assert.deepEqual(source, { path: join(current, "lds.yaml"), watched_directory: { path: join(cwd, "out") } });
  assert.match(await readFile(join(current, "lds.yaml"), "utf8"), /path: \S*\/current\/sds\/cert%2Fshop\.yaml/);

  assert.match((await write()).stderr, /Nothing changed in "out"\n$/);
  for (const port of [9001, 9002]) {
    await writeFile(join(cwd, "config/edge.yaml"), secureModel.replace("9000", `${port}`));
    assert.equal((await write()).code, 0);
  }
  const versions = (await readdir(join(cwd, "out"))).filter((name) => name.startsWith("version-"));
  assert.equal(versions.length, 2);
  assert.equal(versions.includes(first), false);
  assert.match(await readFile(join(current, "eds/shop.yaml"), "utf8"), /port_value: 9002/);
});

test("the paths in a folder are those that Envoy sees", async (t) => {
  const cwd = await folderWith(t, { "shop.yaml": shopModel });
  await mkdir(join(cwd, "out"));
  await runCommand(["translate", ".", "--filesystem", "out", "--mounted-at", "/etc/envoy"], cwd);
  const lds = await readFile(join(cwd, "out/current/lds.yaml"), "utf8");
  assert.match(lds, /path: \/etc\/envoy\/current\/rds\/public%2Fhttp\.yaml/);
});

const mistakes: [args: string[], says: RegExp][] = [
  [[], /Name a file or a folder/],
  [[".", "--static"], /Which fleet\? There are edge, other: --fleet NAME/],
  [[".", "--static", "--filesystem", "x"], /do not go together/],
  [[".", "--output", "x"], /--output goes with --static/],
  [[".", "--admin", "127.0.0.1:1"], /--admin goes with --static or --filesystem/],
  [[".", "--static", "--fleet", "edge", "--type", "routes"], /an Envoy needs all/],
  [[".", "--static", "--fleet", "edge", "--admin", "x"], /Cannot read --admin "x"/],
  [[".", "--type", "cluster"], /did you mean "clusters"/],
  [[".", "--filesystem", "x", "--fleet", "edge", "--mounted-at", "y"], /write an absolute path/],
];

for (const [args, says] of mistakes) {
  test(`"translate ${args.join(" ")}" is a mistake`, async (t) => {
    const cwd = await folderWith(t, { "a.yaml": shopModel, "b.yaml": "fleets: { other: { match: x } }" });
    const { code, stderr } = await runCommand(["translate", ...args], cwd);
    assert.equal(code, 2);
    assert.match(stderr, says);
  });
}

test("a fleet that is not there is named, and those that are", async (t) => {
  const cwd = await folderWith(t, { "a.yaml": shopModel });
  const { code, stderr } = await runCommand(["translate", ".", "--fleet", "egde"], cwd);
  assert.deepEqual([code, stderr], [1, 'chancery: There is no fleet "egde"; there are edge\n']);
});
