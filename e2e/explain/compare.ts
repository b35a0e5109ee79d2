import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { parseSnapshot } from "@chancery/xds";
import { answerOf } from "../../packages/chancery/src/explain/answer.ts";
import { explain } from "../../packages/chancery/src/explain/explain.ts";
import { type RequestInput, readRequest } from "../../packages/chancery/src/explain/request.ts";
import { type Resources, resourcesOf } from "../../packages/chancery/src/explain/resources.ts";
import { type Snapshot, startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { askRaw, connectTo, type RawAnswer, type RawRequest } from "../harness/raw-http.ts";
import { configSource, endpoints, staticCluster, typed } from "../harness/resources.ts";
import { virtualHosts } from "./routes.ts";

/** What can be seen of a request from outside, and what `explain` says of it. */
interface Sight {
  readonly status: number | "an upstream's";
  readonly route?: string | undefined;
  readonly location?: string | undefined;
  readonly authority?: string | undefined;
  readonly path?: string | undefined;
  /** Where the header comes from that every level sets. */
  readonly level?: string | undefined;
  readonly dropped?: string | undefined;
}

/** An Envoy that has these listeners, and what `explain` knows of it. */
export interface Served {
  readonly resources: Resources;
  ask(port: number, request: RawRequest): Promise<RawAnswer>;
}

const nothing = { routes: [], scopedRoutes: [] };

/** Starts an Envoy with listeners, and an upstream that says what it was asked for. */
export async function serve(
  t: TestContext,
  listeners: readonly object[],
  more: { readonly routes: readonly object[]; readonly scopedRoutes: readonly object[] } = nothing,
): Promise<Served> {
  const [controlPlane, upstreamPort] = await Promise.all([startControlPlane(t), startMirror(t)]);
  const snapshot: Snapshot = {
    resources: {
      listeners,
      routes: [{ name: "routes", virtual_hosts: virtualHosts() }, ...more.routes],
      scopedRoutes: more.scopedRoutes,
      clusters: [
        staticCluster("upstream", upstreamPort),
        staticCluster("other", upstreamPort),
        { name: "empty", type: "EDS", eds_cluster_config: { eds_config: configSource("ads") } },
      ],
      endpoints: [{ ...endpoints("empty", upstreamPort), endpoints: [] }],
    },
  };
  await controlPlane.put(snapshot);
  const envoy = await startEnvoy(t, { transport: "ads", xdsPort: controlPlane.xdsPort });
  await envoy.ready();
  const parsed = parseSnapshot(snapshot);
  assert(parsed.ok, JSON.stringify(parsed.problems));
  return { resources: resourcesOf(parsed.snapshot), ask: (port, request) => askRaw(connectTo(port), request) };
}

/** A listener of HTTP with all the routes; `options` are those of its connection manager. */
export function listener(name: string, port: number, options: object = {}): object {
  const manager = {
    stat_prefix: name,
    rds: { route_config_name: "routes", config_source: configSource("ads") },
    http_filters: [{ name: "router", typed_config: typed("filters.http.router.v3.Router", {}) }],
    ...options,
  };
  const type = "filters.network.http_connection_manager.v3.HttpConnectionManager";
  return {
    name,
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [{ filters: [{ name: "hcm", typed_config: typed(type, manager) }] }],
  };
}

/** An upstream that says which host and path it was asked for. */
async function startMirror(t: TestContext): Promise<number> {
  const server = createServer((request: IncomingMessage, response) => {
    response.end(JSON.stringify({ authority: request.headers.host, path: request.url }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port; // a server on TCP has such an address
}

export interface Compared extends Served {
  readonly port: number;
}

/** Asks Envoy and `explain` the same, and shows what differs. */
export async function compare(asked: readonly RawRequest[], { port, ask, resources }: Compared): Promise<void> {
  const different: object[] = [];
  for (const request of asked) {
    const seen = toSight(await ask(port, request));
    const said = predict(request, port, resources);
    if (!isSame(seen, said)) different.push({ request, seen, said });
  }
  assert.deepEqual(different, [], `${different.length} of ${asked.length} are different`);
}

function toSight({ status, headers, body }: RawAnswer): Sight {
  const common = {
    route: headers["x-route"],
    location: headers.location,
    level: headers["x-level"],
    dropped: headers["x-dropped"],
  };
  if (headers["x-envoy-upstream-service-time"] === undefined) return { ...common, status };
  return { ...common, status: "an upstream's", ...JSON.parse(body) };
}

function predict(request: RawRequest, port: number, resources: Resources): Sight {
  const { method, target, headers } = request;
  const url = method === "CONNECT" ? `http://${target}` : `http://127.0.0.1:${port}${target}`;
  const sent = method === "CONNECT" ? [] : headers;
  const input: RequestInput = {
    url,
    method,
    port,
    sourceIp: "127.0.0.1",
    headers: sent.map(([name, value]) => [name, value]),
  };
  const read = readRequest(input);
  assert(read.ok, JSON.stringify(read));
  const answer = answerOf(explain(resources, read.request));
  const { location, authority, path, status = "an upstream's" } = answer;
  // What Envoy says before there is a route carries no header of one.
  const { "x-route": route, "x-level": level, "x-dropped": dropped } = answer.responseHeaders;
  return { status, route, location, authority, path, level, dropped };
}

function isSame(a: Sight, b: Sight): boolean {
  return (["status", "route", "location", "authority", "path", "level", "dropped"] as const).every(
    (key) => a[key] === b[key],
  );
}
