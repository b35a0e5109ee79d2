import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { formatAddress } from "../address.ts";
import { startControlPlane } from "../control-plane.ts";
import { shopModel } from "../explain/testdata/shop-model.ts";
import { type Ran, runCommand } from "./testdata/run-command.ts";

const free = { host: "127.0.0.1", port: 0 };

const resources = `
  listeners:
    - name: edge
      address: { socket_address: { address: 0.0.0.0, port_value: 8080 } }
      filter_chains:
        - filters:
            - name: http
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: edge
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                        - name: canary
                          match: { prefix: /, headers: [{ name: x-canary, string_match: { exact: "1" } }, { name: ":method", string_match: { exact: POST } }] }
                          direct_response: { status: 201 }
                        - { name: api, match: { prefix: /api }, direct_response: { status: 200 } }
`;

const snapshot = `node: edge-1\nresources:${resources}`;

test("explain reads a file, and says which rule matches and why others do not", async (t) => {
  const file = await fileWith(t, snapshot);
  const { code, stdout } = await run(["http://shop:8080/api?x=1", "--file", file]);
  assert.equal(code, 0);
  assert.match(stdout, /✗ canary: header x-canary is absent\n.*✓ api: path begins with "\/api"\n/);
  assert.match(stdout, /answer +✓ 200\n/);
  const posted = await run([
    "http://shop:8080/api",
    "-X",
    "POST",
    "-H",
    "X-Canary: 1",
    "--file",
    file,
    "--node",
    "edge-1",
  ]);
  assert.match(posted.stdout, /✓ canary: .*\n.*1 more, not reached\n +answer +✓ 201\n/);
});

test("explain exits with 1 if nothing answers, and says what would", async (t) => {
  const file = await fileWith(t, snapshot);
  const none = await run(["http://shop:8080/other", "--file", file]);
  assert.equal(none.code, 1);
  assert.match(none.stdout, /404 \(route_not_found\): no route of virtual host "all" matches/);
  const closed = await run(["https://shop/", "--file", file]);
  assert.equal(closed.code, 1);
  assert.match(closed.stdout, /hint +listeners are on port 8080 \("edge"\)/);
});

test("explain reads the static resources of an Envoy that runs by itself", async (t) => {
  const file = await fileWith(t, `node: { id: alone }\nstatic_resources:${resources}`);
  assert.equal((await run(["http://shop:8080/api", "--file", file, "--node", "alone"])).code, 0);
});

test("explain asks a running control plane, and gets the same", async (t) => {
  const file = await fileWith(t, snapshot);
  await using controlPlane = await startControlPlane({ xds: free, http: free, paths: [file] });
  const http = ["--http", formatAddress(controlPlane.http)];
  const args = ["http://shop:8080/api", "--sni", "x", "--format", "json"];
  const asked = await run([...args, "--node", "edge-1", ...http]);
  assert.equal(asked.code, 0, asked.stderr);
  assert.deepEqual(JSON.parse(asked.stdout), JSON.parse((await run([...args, "--file", file])).stdout));
  const unknown = await run(["http://shop/", "--node", "edge-2", ...http]);
  assert.deepEqual([unknown.code, unknown.stderr], [1, 'chancery: There are no resources for node "edge-2"\n']);
});

test("explain reads a model, and takes the node's fleet, or the one that is named", async (t) => {
  const file = await fileWith(t, shopModel);
  for (const where of [[], ["--node", "edge-7"], ["--fleet", "edge"]]) {
    const { code, stdout, stderr } = await run(["http://shop.example.com:8080/api", "--file", file, ...where]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /✓ shop#api: .*\n/);
    assert.match(stdout, /cluster +✓ shop: EDS/);
  }
  const none = await run(["http://shop.example.com:8080/api", "--file", file, "--fleet", "inner"]);
  assert.deepEqual([none.code, none.stderr], [1, 'chancery: The files have no fleet "inner", but fleet "edge"\n']);
});

test("explain names what is wrong in the files, and explains the nodes that are good", async (t) => {
  const bad = "---\nnode: edge-2\nresources: { listeners: [{ nme: x }] }\n";
  const file = await fileWith(t, `${snapshot}${bad}`);
  const { code, stderr } = await run(["http://shop:8080/api", "--file", file]);
  assert.equal(code, 0);
  assert.match(stderr, /config\.yaml:\d+:\d+: listeners\[0\]: unknown field "nme"; did you mean "name"\?/);
});

const mistakes: [args: string[], says: RegExp][] = [
  [[], /Give its URL/],
  [["http://a", "b"], /Unknown argument "b"/],
  [["http://a"], /Name its node with --node ID, or files with --file PATH/],
  [["ftp://a", "--node", "n"], /"ftp" is no scheme of this/],
  [["http://a b", "--node", "n"], /is no URL/],
  [["tcp://a", "--node", "n"], /needs a port/],
  [["http://a", "--protocol", "h3", "--node", "n"], /http:\/\/ goes with http1, h2, not with h3/],
  [["http://a", "-X", "get", "--node", "n"], /--method: must be a method in capitals/],
  [["http://a", "-H", "x", "--node", "n"], /Cannot read -H "x": write 'name: value'/],
  [["http://a", "--source-ip", "x", "--node", "n"], /--source-ip: must be an IP address/],
  [["http://a", "--port", "x", "--node", "n"], /--port/],
  [["http://a", "--fleet", "f"], /--fleet goes with --file/],
  [["http://a", "--format", "xml", "--node", "n"], /Cannot write format "xml"/],
];

for (const [args, says] of mistakes) {
  test(`"explain ${args.join(" ")}" is a mistake`, async () => {
    const { code, stderr } = await run(args);
    assert.equal(code, 2);
    assert.match(stderr, says);
  });
}

test("a file that is not there, and a node that no file has, are named", async (t) => {
  const file = await fileWith(t, `${snapshot}---\nnode: edge-2\nresources: {}\n`);
  const missing = await run(["http://a", "--file", "nowhere.yaml"]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /Cannot read "nowhere.yaml": there is no such file or folder/);
  const which = await run(["http://a", "--file", file]);
  assert.equal(which.code, 2);
  assert.match(which.stderr, /Which Envoy\? The files have node "edge-1", node "edge-2": --node ID or --fleet NAME/);
  const none = await run(["http://a", "--file", file, "--node", "edge-3"]);
  assert.match(none.stderr, /The files have nothing for node "edge-3", but node "edge-1", node "edge-2"/);
});

async function fileWith(t: TestContext, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-explain-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "config.yaml");
  await writeFile(file, content);
  return file;
}

async function run(args: readonly string[]): Promise<Ran> {
  return await runCommand(["explain", ...args], ".", { env: {} });
}
