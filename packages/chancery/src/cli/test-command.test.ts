import assert from "node:assert/strict";
import { test } from "node:test";
import { folderWith, runCommand } from "./testdata/run-command.ts";

const model = `
fleets: { edge: { match: "edge-*" } }
gateways: { public: { listeners: { http: { port: 80, protocol: HTTP } } } }
services: { shop: { endpoints: ["10.0.0.1:80"] }, canary: { endpoints: ["10.0.0.2:80"] } }
routes:
  shop:
    parents: public
    hosts: shop.example.com
    rules:
      old: { match: { path: /old }, redirect: { path: /new, status: 301 } }
      canary: { match: { headers: { x-canary: "1" } }, to: canary }
      split: { match: { path: /split }, to: [{ service: shop, weight: 50 }, { service: canary, weight: 50 }] }
      api:
        match: { path: { prefix: /api } }
        rewrite: { prefix: /v1 }
        headers: { request: { set: { x-edge: "yes" } }, response: { set: { x-by: edge } } }
        to: shop
`;

const good = `
- name: the API goes to the shop
  request: { url: "http://shop.example.com/api/x?y=1", node: edge-1 }
  expect:
    service: shop
    status: 200
    route: shop#api
    path: /v1/x?y=1
    host: shop.example.com
    headers: { X-By: edge, x-none: null }
    requestHeaders: { x-edge: "yes" }
- name: a header leads to the canary
  request: { url: "http://shop.example.com/api", headers: { X-Canary: "1" }, fleet: edge }
  expect: { service: canary }
- name: some go to either
  request: { url: "http://shop.example.com/split" }
  expect: { service: [shop, canary] }
- name: old paths are redirected
  request: { url: "http://shop.example.com/old" }
  expect: { status: 301, location: "http://shop.example.com/new", headers: { location: "http://shop.example.com/new" } }
- name: nobody else is served
  request: { url: "http://other.example.com/", method: POST }
  expect: { status: 404 }
`;

test("test runs the tests beside the configuration, and says how many passed", async (t) => {
  const cwd = await folderWith(t, { "config/edge.yaml": model, "config/deep/edge.test.yaml": good });
  const { code, stdout, stderr } = await runCommand(["test", "config"], cwd);
  assert.deepEqual([code, stderr], [0, ""], stdout);
  const lines = stdout.split("\n");
  assert.equal(lines[0], "✓ the API goes to the shop (config/deep/edge.test.yaml:2:3)");
  assert.equal(lines.at(-2), "5 tests: 5 passed, 0 failed");
});

test("test shows what is not as expected, and the way of the request", async (t) => {
  const wrong = `
- name: wrong service
  request: { url: "http://shop.example.com/split" }
  expect: { service: shop }
- name: wrong answer
  request: { url: "http://shop.example.com/other" }
  expect: { status: 200, headers: { x-by: edge } }
`;
  const cwd = await folderWith(t, { "edge.yaml": model, "edge.test.yaml": wrong });
  const { code, stdout } = await runCommand(["test", "edge.yaml"], cwd);
  assert.equal(code, 1);
  assert.match(stdout, /^✗ wrong service \(edge\.test\.yaml:2:3\)\n {4}service: expected shop, but got canary\n/);
  assert.match(stdout, /\n {6}GET http:\/\/shop\.example\.com\/split\n.*✓ shop#split: path is "\/split"\n/s);
  assert.match(stdout, /✗ wrong answer .*\n {4}status: expected 200, but got 404 \(no route .*\)\n/);
  assert.match(stdout, /\n {4}headers\.x-by: expected "edge", but got none/);
  assert.match(stdout, /\n2 tests: 0 passed, 2 failed\n$/);
});

test("a rule that may match has to lead to what is expected as well", async (t) => {
  const snapshot = `
node: edge-1
resources:
  clusters: [{ name: a }, { name: b }]
  listeners:
    - name: edge
      address: { socket_address: { address: 0.0.0.0, port_value: 80 } }
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
                        - match: { prefix: /, runtime_fraction: { default_value: { numerator: 10 } } }
                          name: some
                          direct_response: { status: 201 }
                        - { name: rest, match: { prefix: / }, direct_response: { status: 200 } }
`;
  const tests = `- { name: all, request: { url: http://a/ }, expect: { status: 200 } }\n`;
  const cwd = await folderWith(t, { "edge.yaml": snapshot, "edge.test.yaml": tests });
  const { code, stdout } = await runCommand(["test", "."], cwd);
  assert.equal(code, 1);
  assert.match(stdout, /status: expected 200, but got 201\n/);
});

test("a header that only a request knows is no answer, whatever is expected of it", async (t) => {
  const open = model.replace("x-by: edge", 'x-by: "%RESPONSE_CODE%"');
  const asked = (value: string) =>
    `- { name: who, request: { url: "http://shop.example.com/api" }, expect: { headers: { x-by: ${value} } } }\n`;
  for (const value of ["edge", "null"]) {
    const cwd = await folderWith(t, { "edge.yaml": open, "edge.test.yaml": asked(value) });
    const { code, stdout } = await runCommand(["test", "edge.yaml"], cwd);
    assert.equal(code, 1);
    assert.match(stdout, /headers\.x-by: expected .*, but got what is only known when a request is sent \(--envoy\)/);
  }
});

test("mistakes in a file of tests are named by their places, and the others run", async (t) => {
  const tests = `
- { name: a, request: { url: "http://shop.example.com/old" }, expect: { sattus: 301 } }
- { name: b, request: { url: "ftp://shop.example.com/" }, expect: { status: 301 } }
- { name: c, request: { url: "http://shop.example.com/old" }, expect: {} }
- { name: d, request: { url: "http://shop.example.com/old" }, expect: { status: 301 } }
`;
  const cwd = await folderWith(t, { "edge.yaml": model, "edge.test.yaml": tests });
  const { code, stdout, stderr } = await runCommand(["test", "."], cwd);
  assert.equal(code, 1);
  assert.match(stderr, /^edge\.test\.yaml:2:73: .*unknown field "sattus"; did you mean "status"\?$/m);
  assert.match(stderr, /^edge\.test\.yaml:3:25: .*"ftp" is no scheme of this/m);
  assert.match(stderr, /^edge\.test\.yaml:4:63: .*must expect something$/m);
  assert.equal(stdout, "✓ d (edge.test.yaml:5:3)\n1 test: 1 passed, 0 failed\n");
});

test("a test that nobody can be asked fails, and says who there is", async (t) => {
  const tests = `- { name: a, request: { url: http://a/, fleet: core }, expect: { status: 200 } }\n`;
  const cwd = await folderWith(t, { "edge.yaml": model, "edge.test.yaml": tests });
  const { code, stdout } = await runCommand(["test", ".", "--only", "a"], cwd);
  assert.equal(code, 1);
  assert.match(stdout, /request: expected fleet "core", but got fleet "edge"/);
});

test("test writes JSON, and JUnit's XML with what it has to escape", async (t) => {
  const tests = `- { name: "a < b & \\"c\\"", request: { url: http://shop.example.com/old }, expect: { status: 200 } }\n`;
  const cwd = await folderWith(t, { "edge.yaml": model, "edge.test.yaml": tests });
  const json = JSON.parse((await runCommand(["test", ".", "--format", "json"], cwd)).stdout);
  assert.deepEqual([json.passed, json.failed, json.skipped], [0, 1, 0]);
  const [{ ms: _, explanation, ...result }] = json.tests;
  assert.deepEqual(result, {
    name: 'a < b & "c"',
    file: "edge.test.yaml",
    line: 1,
    column: 3,
    outcome: "failed",
    failures: [{ field: "status", expected: "200", actual: "301" }],
  });
  assert.equal(explanation.outcome.status, 301);
  const { stdout: xml } = await runCommand(["test", ".", "--format", "junit"], cwd);
  assert.match(
    xml,
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites tests="1" failures="1" skipped="0" time="/,
  );
  assert.match(xml, /<testcase name="a &lt; b &amp; &quot;c&quot;" classname="edge\.test\.yaml"/);
  assert.match(xml, /<failure message="status: expected 200, but got 301">/);
});

test("through a real Envoy the same comes out, but for what cannot be sent from here", async (t) => {
  const more = `
- name: an address that this machine does not have
  request: { url: "http://shop.example.com/old", sourceIp: 10.0.0.9 }
  expect: { status: 301 }
- name: a wrong expectation
  request: { url: "http://shop.example.com/old" }
  expect: { service: shop }
- name: over HTTP/2
  request: { url: "http://shop.example.com/api", protocol: h2 }
  expect: { service: shop, route: shop#api }
`;
  const cwd = await folderWith(t, { "edge.yaml": model, "edge.test.yaml": `${good}${more}` });
  const { code, stdout } = await runCommand(["test", ".", "--envoy"], cwd);
  assert.equal(code, 1);
  assert.match(stdout, /\n- an address that this machine does not have: requests come from this machine/);
  assert.match(stdout, /\n✗ a wrong expectation .*\n {4}service: expected shop, but got none\n {6}GET /);
  assert.match(stdout, /\n8 tests: 6 passed, 1 failed, 1 skipped\n$/, stdout);
});

test("a fleet whose Envoys ask the control plane can be run, and gets no answer from it", async (t) => {
  const type = "type.googleapis.com/envoy.extensions.filters.network.ext_authz.v3.ExtAuthz";
  const filter = {
    name: "ask",
    typedConfig: { "@type": type, statPrefix: "ask", grpcService: { envoyGrpc: { clusterName: "xds_cluster" } } },
  };
  const path = "/filterChains/0/filters/0";
  const patch = { target: { type: "listeners", name: "public:80" }, operations: [{ op: "add", path, value: filter }] };
  const tests = `- { name: a, request: { url: "http://shop.example.com/old" }, expect: { status: 301 } }\n`;
  const patches = JSON.stringify({ patches: { ask: patch } });
  const cwd = await folderWith(t, { "edge.yaml": model, "edge.test.yaml": tests, "patches.json": patches });
  const { stdout } = await runCommand(["test", ".", "--envoy"], cwd);
  assert.match(stdout, /status: expected 301, but got none \(the connection ended without an answer: /);
});

test("policies are not asked about: tests are of where requests go", async (t) => {
  const policies = `policies: { users: { targets: gateway/public, authorization: users, rateLimit: { requests: 0, per: day } } }\n`;
  const cwd = await folderWith(t, { "edge.yaml": model, "edge.test.yaml": good, "policies.yaml": policies });
  const { code, stdout } = await runCommand(["test", ".", "--envoy"], cwd);
  assert.equal(code, 0, stdout);
});

test("a fleet that takes no connections can be run too", async (t) => {
  const udp = `
fleets: { edge: { match: "*" } }
gateways: { public: { listeners: { dns: { port: 53, protocol: UDP } } } }
services: { dns: { endpoints: "10.0.0.1:53" } }
routes: { dns: { parents: public, protocol: udp, to: dns } }
`;
  const tests = `- { name: a, request: { url: "http://a.example.com:53/" }, expect: { service: dns } }\n`;
  const cwd = await folderWith(t, { "edge.yaml": udp, "edge.test.yaml": tests });
  const { stdout } = await runCommand(["test", ".", "--envoy"], cwd);
  assert.match(stdout, /request: expected a listener, but got none on port 53\n/);
});

const mistakes: [args: string[], code: number, says: RegExp][] = [
  [[], 2, /Name files or folders/],
  [["edge.test.yaml"], 2, /There are only tests: name the configuration too/],
  [[".", "--format", "xml"], 2, /write one of text, json, junit/],
  [[".", "--only", "nix"], 1, /There is no test with "nix" in its name in "\."/],
];

for (const [args, code, says] of mistakes) {
  test(`"test ${args.join(" ")}" ends with ${code}`, async (t) => {
    const cwd = await folderWith(t, { "edge.yaml": model, "edge.test.yaml": good });
    const ran = await runCommand(["test", ...args], cwd);
    assert.equal(ran.code, code);
    assert.match(ran.stderr, says);
  });
}
