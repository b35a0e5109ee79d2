import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { parseSnapshot } from "@chancery/xds";
import { answerOf } from "../packages/chancery/src/explain/answer.ts";
import { explain } from "../packages/chancery/src/explain/explain.ts";
import { type RequestInput, readRequest } from "../packages/chancery/src/explain/request.ts";
import { type Resources, resourcesOf } from "../packages/chancery/src/explain/resources.ts";
import { selfSigned } from "./harness/certificate.ts";
import { type Snapshot, startControlPlane } from "./harness/control-plane.ts";
import { startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { askRaw, connectTo } from "./harness/raw-http.ts";
import { type Certificate, configSource, secret, typed } from "./harness/resources.ts";

const loopback = [{ address_prefix: "127.0.0.0", prefix_len: 8 }];

/** Filter chains by name; the answer of each says which it is. */
type Chains = Readonly<Record<string, object>>;

const chains: Chains = {
  "tls-any": { transport_protocol: "tls" },
  plain: { transport_protocol: "raw_buffer" },
  exact: { server_names: ["www.example.com"] },
  "exact-h2": { server_names: ["alpn.example.com"], application_protocols: ["h2"] },
  "exact-h1": { server_names: ["alpn.example.com"], application_protocols: ["http/1.1", "http/1.0"] },
  wildcard: { server_names: ["*.example.com", "other.test"] },
  deeper: { server_names: ["*.shop.example.com"] },
  "dead-end": { server_names: ["dead.example.com"], source_ports: [1] },
  "from-loopback": { server_names: ["source.test"], source_type: "SAME_IP_OR_LOOPBACK" },
  "from-outside": { server_names: ["source.test"], source_type: "EXTERNAL" },
  "from-range": { server_names: ["range.test"], source_prefix_ranges: loopback },
  "from-direct-range": { server_names: ["range.test"], direct_source_prefix_ranges: loopback },
};

/** The address comes before the name: whoever comes to this one gets no other chain. */
const chainsByAddress: Chains = {
  "tls-any": { transport_protocol: "tls" },
  exact: { server_names: ["www.example.com"] },
  here: { server_names: ["here.test"], prefix_ranges: [{ address_prefix: "127.0.0.1", prefix_len: 32 }] },
  near: { server_names: ["near.test"], prefix_ranges: loopback },
};

const names = [
  ..."www.example.com alpn.example.com a.example.com example.com a.b.example.com x.shop.example.com".split(" "),
  ..."shop.example.com dead.example.com here.test near.test source.test range.test other.test nowhere.test WWW.Example.com".split(
    " ",
  ),
];

const offers: readonly (readonly string[])[] = [[], ["http/1.1"], ["h2", "http/1.1"], ["http/1.0", "h2"], ["other"]];

test("explain says which filter chain takes a connection: server names, protocols, sources", async (t) => {
  const taken = await compare(t, chains);
  const reached = [closed, ...Object.keys(chains)].filter((name) => !unreachable.includes(name));
  assert.deepEqual([...taken].sort(), reached.sort());
});

test("explain says which filter chain takes a connection: the address comes before the name", async (t) => {
  assert.deepEqual(await compare(t, chainsByAddress), new Set([closed, "here"]));
});

/** Connects in many ways, and returns the chains that took a connection. */
async function compare(t: TestContext, chains: Chains): Promise<Set<string>> {
  const port = await freePort();
  const resources = await serve(t, { port, chains, certificate: await selfSigned(t, "explain") });
  const different: object[] = [];
  const taken = new Set<string>();
  const look = async (asked: Promise<string>, input: Partial<RequestInput>) => {
    const [is, says] = [await asked, predict(resources, { url: `https://127.0.0.1:${port}/`, ...input })];
    taken.add(is);
    if (is !== says) different.push({ input, is, says });
  };
  await look(askPlain(port), { url: `http://127.0.0.1:${port}/` });
  for (const sni of ["", ...names]) {
    for (const alpn of offers) await look(askOverTls(port, sni, alpn), { sni, alpn: [...alpn] });
  }
  assert.deepEqual(different, []);
  return taken;
}

interface Served {
  readonly port: number;
  readonly chains: Chains;
  readonly certificate: Certificate;
}

async function serve(t: TestContext, { port, chains, certificate }: Served): Promise<Resources> {
  const controlPlane = await startControlPlane(t);
  const listener = {
    name: "by-chain",
    address: { socket_address: { address: "0.0.0.0", port_value: port } },
    listener_filters: [
      {
        name: "envoy.filters.listener.tls_inspector",
        typed_config: typed("filters.listener.tls_inspector.v3.TlsInspector", {}),
      },
    ],
    filter_chains: Object.entries(chains).map(([name, match]) => chain(name, { filter_chain_match: match })),
  };
  const snapshot: Snapshot = { resources: { listeners: [listener], secrets: [secret("certificate", certificate)] } };
  await controlPlane.put(snapshot);
  const envoy = await startEnvoy(t, { transport: "ads", xdsPort: controlPlane.xdsPort });
  await envoy.ready();
  const parsed = parseSnapshot(snapshot);
  assert(parsed.ok, JSON.stringify(parsed.problems));
  return resourcesOf(parsed.snapshot);
}

function chain(name: string, more: object): object {
  const tls = {
    common_tls_context: {
      tls_certificate_sds_secret_configs: [{ name: "certificate", sds_config: configSource("ads") }],
    },
  };
  const route = { match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: name } } };
  const manager = {
    stat_prefix: name,
    route_config: { virtual_hosts: [{ name, domains: ["*"], routes: [route] }] },
    http_filters: [{ name: "router", typed_config: typed("filters.http.router.v3.Router", {}) }],
  };
  return {
    name,
    ...more,
    filters: [
      {
        name: "http",
        typed_config: typed("filters.network.http_connection_manager.v3.HttpConnectionManager", manager),
      },
    ],
    ...(name !== "plain" && {
      transport_socket: {
        name: "tls",
        typed_config: typed("transport_sockets.tls.v3.DownstreamTlsContext", tls),
      },
    }),
  };
}

/** Closed for all: what comes from loopback has no such source. */
const unreachable = ["dead-end", "from-outside", "from-range"];

const request = { method: "GET", target: "/", headers: [["host", "any"]] } as const;
const closed = "closed";

async function askPlain(port: number): Promise<string> {
  return (await askRaw(connectTo(port), request)).body || closed;
}

async function askOverTls(port: number, servername: string, alpn: readonly string[]): Promise<string> {
  const socket = connectTls({
    port,
    host: "127.0.0.1",
    servername,
    rejectUnauthorized: false,
    ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
  });
  const failed = new Promise<"failed">((resolve) => socket.on("error", () => resolve("failed")));
  const ready = await Promise.race([once(socket, "secureConnect").catch(() => "failed"), failed]);
  if (ready === "failed") return closed;
  return (await askRaw(socket, request)).body || closed;
}

function predict(resources: Resources, input: RequestInput): string {
  const read = readRequest({ sourceIp: "127.0.0.1", ...input });
  assert(read.ok, JSON.stringify(read));
  return answerOf(explain(resources, read.request)).body ?? closed;
}
