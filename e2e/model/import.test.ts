import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { runCommand } from "../../packages/chancery/src/cli/testdata/run-command.ts";
import { selfSigned } from "../harness/certificate.ts";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy, startWith } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { type AskOptions, send } from "../harness/request.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { startUpstream } from "../harness/upstream.ts";

/** What is asked of both, over HTTP or, with `tls`, over HTTPS. */
const requests: readonly (readonly [path: string, options?: AskOptions])[] = [
  ["/"],
  ["/healthz"],
  ["/api/orders?x=1"],
  ["/apis"],
  ["/api"],
  ["/old/page"],
  ["/u/17"],
  ["/u/seventeen"],
  ["/a/../api/x"],
  ["//api/x"],
  ["/only-post"],
  ["/only-post", { method: "POST" }],
  ["/beta", { headers: { "x-team": "Blue" } }],
  ["/beta"],
  ["/nowhere", { host: "other.example.com" }],
  ["/x", { host: "other.example.com:8080" }],
  ["/", { host: "unknown.example.org" }],
  ["/", { tls: {} }],
  ["/api/x", { tls: {}, host: "other.example.com" }],
  ["/secure", { tls: {}, host: "unknown.example.org" }],
];

test("an Envoy that gets the imported model answers as the one that has the file", async (t) => {
  const { folder, ports } = await writeInput(t);
  await t.test("from the file", async (t) => {
    const envoy = await startWith(t, parse(await readFile(join(folder, "envoy.yaml"), "utf8")));
    await envoy.ready();
    await writeFile(join(folder, "expected.json"), JSON.stringify(await askAll(ports)));
  });

  const imported = await runCommand(["import", "envoy.yaml", "-o", "chancery.yaml"], folder);
  assert.equal(imported.code, 0, imported.stderr);
  assert.match(imported.stderr, /Equal but for names: 4 of 4 listeners and clusters/);

  await t.test("from a control plane that serves the model", async (t) => {
    const controlPlane = await startControlPlane(t, { paths: [join(folder, "chancery.yaml")] });
    const envoy = await startEnvoy(t, { transport: "ads-delta", xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const answers = await askAll(ports);
    const expected: typeof answers = JSON.parse(await readFile(join(folder, "expected.json"), "utf8"));
    for (const [index, answer] of answers.entries()) assert.deepEqual(answer, expected[index]);
    // The requests tell apart what the file tells apart.
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 308, 404]));
    assert.deepEqual(new Set(answers.map(({ by }) => by)), new Set(["blue", "green", "200", "308", "404"]));
  });

  await t.test("what runs there is imported from its dump", async (t) => {
    const controlPlane = await startControlPlane(t, { paths: [join(folder, "chancery.yaml")] });
    const envoy = await startEnvoy(t, { transport: "ads-delta", xdsPort: controlPlane.xdsPort });
    await envoy.ready();
    const dump = await fetch(`${envoy.url}/config_dump?include_eds`);
    await writeFile(join(folder, "dump.json"), await dump.text());
    const { code, stdout, stderr } = await runCommand(["import", "dump.json"], folder);
    assert.equal(code, 0, stderr);
    const model = parse(stdout);
    assert.equal(model.routes.shop.rules.api.to, "green");
    assert.equal(
      model.services.blue.endpoints,
      parse(await readFile(join(folder, "chancery.yaml"), "utf8")).services.blue.endpoints,
    );
  });
});

interface Ports {
  readonly http: number;
  readonly https: number;
}

async function askAll({ http, https }: Ports) {
  const answers = [];
  for (const [path, options = {}] of requests) {
    const { status, by, asked, headers, got } = await send(options.tls === undefined ? http : https, path, options);
    const { location, server, "x-powered-by": poweredBy } = headers;
    const upstream = { forwarded: got("x-forwarded-for"), edge: got("x-edge"), host: got("host") };
    answers.push({ path, status, by, asked, location, server, poweredBy, ...upstream });
  }
  // As JSON has it, without what is not there.
  return JSON.parse(JSON.stringify(answers)) as typeof answers;
}

async function writeInput(t: TestContext): Promise<{ readonly folder: string; readonly ports: Ports }> {
  const folder = await temporaryFolder(t);
  const ports = { http: await freePort(), https: await freePort() };
  const [blue, green] = [await startUpstream(t, "blue"), await startUpstream(t, "green")];
  const { certificate, key } = await selfSigned(t, "shop", ["shop.example.com"]);
  await writeFile(join(folder, "cert.pem"), certificate);
  await writeFile(join(folder, "key.pem"), key);
  await writeFile(join(folder, "envoy.yaml"), toInput({ folder, ports, blue: blue.port, green: green.port }));
  return { folder, ports };
}

interface InputOptions {
  readonly folder: string;
  readonly ports: Ports;
  readonly blue: number;
  readonly green: number;
}

function toInput({ folder, ports, blue, green }: InputOptions): string {
  return `
node: { id: test-id, cluster: test-cluster }
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 0 } } }
static_resources:
  listeners:
    - name: plain
      address: { socket_address: { address: 127.0.0.1, port_value: ${ports.http} } }
      filter_chains:
        - filters: [${managerOf(hosts)}]
    - name: secure
      address: { socket_address: { address: 127.0.0.1, port_value: ${ports.https} } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates:
                  - certificate_chain: { filename: ${folder}/cert.pem }
                    private_key: { filename: ${folder}/key.pem }
          filters: [${managerOf(hosts)}]
  clusters:
    - name: blue
      load_assignment:
        cluster_name: blue
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${blue} } } } }] }]
    - name: green
      type: STRICT_DNS
      dns_lookup_family: V4_ONLY
      load_assignment:
        cluster_name: green
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: localhost, port_value: ${green} } } } }] }]
`;
}

const hosts = [
  {
    name: "shop",
    domains: ["shop.example.com"],
    request_headers_to_add: [{ header: { key: "x-edge", value: "shop" } }],
    routes: [
      { match: { path: "/healthz" }, direct_response: { status: 200, body: { inline_string: "fine" } } },
      { match: { prefix: "/old/" }, redirect: { prefix_rewrite: "/new/", response_code: "PERMANENT_REDIRECT" } },
      { name: "api", match: { prefix: "/api" }, route: { cluster: "green", prefix_rewrite: "/v1" } },
      {
        match: { safe_regex: { regex: "/u/[0-9]+" } },
        route: { cluster: "blue", regex_rewrite: { pattern: { regex: "^/u/(.*)$" }, substitution: "/users/\\1" } },
      },
      {
        match: { path: "/only-post", headers: [{ name: ":method", string_match: { exact: "POST" } }] },
        route: { cluster: "green" },
      },
      { match: { path: "/only-post" }, direct_response: { status: 404 } },
      {
        match: { prefix: "/beta", headers: [{ name: "x-team", string_match: { exact: "blue", ignore_case: true } }] },
        route: { cluster: "green", host_rewrite_literal: "beta.internal" },
      },
      {
        match: { prefix: "/" },
        route: { weighted_clusters: { clusters: [{ name: "blue", weight: 1 }] } },
        response_headers_to_remove: ["x-powered-by"],
      },
    ],
  },
  {
    name: "other",
    domains: ["other.example.com"],
    routes: [
      { match: { path_separated_prefix: "/api" }, route: { cluster: "green" } },
      { match: { path: "/nowhere" }, route: { cluster: "blue" } },
    ],
  },
  {
    name: "secure",
    domains: ["unknown.example.org"],
    routes: [{ match: { prefix: "/secure" }, route: { cluster: "blue" } }],
  },
];

function managerOf(virtualHosts: readonly object[]): string {
  return JSON.stringify({
    name: "http",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      stat_prefix: "http",
      route_config: { name: "routes", virtual_hosts: virtualHosts },
      http_filters: [
        {
          name: "envoy.filters.http.router",
          typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
        },
      ],
    },
  });
}
