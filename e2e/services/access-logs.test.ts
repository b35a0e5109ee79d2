import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { type LogMessage, logMessage } from "../../packages/chancery/src/services/access-logs/message.ts";
import { logSummary } from "../../packages/chancery/src/services/access-logs/routes.ts";
import { traceMessage, traceSummary } from "../../packages/chancery/src/services/traces/message.ts";
import { type ControlPlane, startControlPlane } from "../harness/control-plane.ts";
import { type Envoy, startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { runProgram } from "../harness/program.ts";
import { staticCluster, typed } from "../harness/resources.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

const toControlPlane = { envoy_grpc: { cluster_name: "xds_cluster" } };

test("HTTP access logs are searched, followed, counted by route, and explained", async (t) => {
  const { controlPlane, ports } = await start(t);
  const follower = runProgram(t, ["logs", "-f", "--http", hostOf(controlPlane), "--status", "503"]);
  await follower.says("Following the control plane");
  assert.equal(await get(ports.http, "/good?x=1", { authorization: "Bearer secret", "x-api-key": "secret" }), 200);
  assert.equal(await get(ports.http, "/dead"), 503);
  assert.equal(await get(ports.http, "/none"), 404);

  const [good] = await logs(controlPlane, "path=/good");
  assert.partialDeepStrictEqual(good, {
    kind: "http",
    node: { id: "test-id", cluster: "test-cluster" },
    ...{ log: "front", method: "GET", path: "/good?x=1", status: 200, details: "via_upstream", route: "good" },
    upstream: { cluster: "good", host: `127.0.0.1:${ports.good}` },
    headers: { request: { authorization: "[redacted]", "x-api-key": "[redacted]" } },
  });
  assert.doesNotMatch(JSON.stringify(await logs(controlPlane, "whole=true")), /secret/);
  assert.deepEqual(await search(controlPlane, "text=secret"), []);

  const [dead] = await logs(controlPlane, "flag=UF&service=dead");
  assert.deepEqual(dead?.flags, [{ flag: "UF", meaning: "Envoy could not connect to the upstream" }]);
  const [none] = await logs(controlPlane, "status=4xx");
  assert.deepEqual(none?.flags, [{ flag: "NR", meaning: "no route, or no filter chain, matches" }]);
  assert.equal(good?.requestId === dead?.requestId, false);

  await follower.says("UF: Envoy could not connect to the upstream");
  assert.doesNotMatch(follower.output(), /\/good/);
  const command = runProgram(t, ["logs", "--http", hostOf(controlPlane), "--route", "good", "--format", "json"]);
  assert.equal(await command.ended, 0);
  assert.equal(JSON.parse(command.output()).path, "/good?x=1");

  const metrics = await (await fetch(`${controlPlane.url}/metrics`)).text();
  const requests = 'chancery_access_requests_total{route="good",upstream_cluster="good",status_class="2xx"} 1';
  assert(metrics.includes(requests), metrics);
  assert.match(metrics, /chancery_access_errors_total\{route="dead",upstream_cluster="dead"\} 1/);
  assert.match(metrics, /chancery_access_duration_seconds_count\{route="good",upstream_cluster="good"\} 1/);
  assert.match(metrics, /chancery_access_entries_total\{result="dropped"\} 0/);
});

test("TCP access logs tell of connections, and what is told while they last is no end of one", async (t) => {
  const { controlPlane, ports } = await start(t);
  const socket = connect(ports.tcp, "127.0.0.1");
  socket.end("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  assert.match(await text(socket), /good/);
  const [end] = await logs(controlPlane, "kind=tcp&final=true");
  assert.partialDeepStrictEqual(end, {
    kind: "tcp",
    type: "TcpConnectionEnd",
    log: "tcp",
    upstream: { cluster: "good" },
  });
  assert.equal(typeof end?.bytes?.sent, "number");
  const [begin] = await logs(controlPlane, "kind=tcp&final=false");
  assert.partialDeepStrictEqual(begin, { type: "TcpConnectionStart", intermediate: true });
  const summary = logSummary.parse(await getJson(controlPlane, "/api/v1/logs/summary"));
  const series = summary.requests.find(({ upstreamCluster }) => upstreamCluster === "good");
  assert.equal(series?.requests, 1);
});

test("a trace, its OpenTelemetry access log, and its gRPC access log are found together", async (t) => {
  const { controlPlane, ports } = await start(t, { telemetry: true });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const status = await get(ports.http, "/good", { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
  assert.equal(status, 200);
  const trace = await until("the trace with its logs", async () => {
    const trace = traceMessage.parse(await getJson(controlPlane, `/api/v1/traces/${traceId}`));
    return trace.logs.length === 2 && trace;
  });
  assert.deepEqual(trace.services, ["edge"]);
  assert.equal(trace.spans[0]?.attributes["http.status_code"], "200");
  assert.deepEqual(trace.logs.map(({ kind }) => kind).sort(), ["http", "otel"]);
  const [otel] = await logs(controlPlane, "kind=otel");
  assert.partialDeepStrictEqual(otel, {
    node: { id: "test-id", cluster: "test-cluster" },
    ...{
      log: "otel",
      traceId,
      method: "GET",
      path: "/good",
      status: 200,
      route: "good",
      upstream: { cluster: "good" },
    },
    attributes: { "http.request.header.authorization": "[redacted]" },
    body: "GET /good",
  });
  const listed = z.array(traceSummary).parse(await getJson(controlPlane, "/api/v1/traces?service=edge&error=false"));
  assert.equal(listed[0]?.id, traceId);
});

test("a span over HTTP is taken as one over gRPC is", async (t) => {
  const { controlPlane, ports } = await start(t, { telemetry: true, overHttp: true });
  assert.equal(await get(ports.http, "/good"), 200);
  await until("a trace", async () => {
    const traces = z.array(traceSummary).parse(await getJson(controlPlane, "/api/v1/traces"));
    return traces.length > 0;
  });
});

/** The entries that match, as soon as there are some. */
async function logs(controlPlane: ControlPlane, query: string): Promise<readonly LogMessage[]> {
  return await until(`a log of ${query}`, async () => {
    const found = await search(controlPlane, query);
    return found.length > 0 && found;
  });
}

async function search(controlPlane: ControlPlane, query: string): Promise<readonly LogMessage[]> {
  return z.array(logMessage).parse(await getJson(controlPlane, `/api/v1/logs?${query}`));
}

async function getJson({ url }: ControlPlane, path: string): Promise<unknown> {
  const response = await fetch(`${url}${path}`);
  if (response.ok) return await response.json();
  throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

interface Ports {
  readonly http: number;
  readonly tcp: number;
  readonly good: number;
}

interface Options {
  /** Whether there is a tracer, and an OpenTelemetry access log beside the other. */
  readonly telemetry?: boolean;
  /** Whether spans are sent over HTTP. */
  readonly overHttp?: boolean;
}

async function start(
  t: TestContext,
  { telemetry = false, overHttp = false }: Options = {},
): Promise<{ controlPlane: ControlPlane; envoy: Envoy; ports: Ports }> {
  const [http, tcp, dead] = await Promise.all([freePort(), freePort(), freePort()]);
  const good = (await startUpstream(t, "good")).port;
  const controlPlane = await startControlPlane(t);
  const httpPort = Number(new URL(controlPlane.url).port);
  const exporter = overHttp
    ? { http_service: httpService("/v1/traces") }
    : { grpc_service: { ...toControlPlane, timeout: "1s" } };
  await controlPlane.put({
    resources: {
      clusters: [
        staticCluster("good", good),
        staticCluster("dead", dead),
        // Its own HTTP port, for those who send over HTTP.
        staticCluster("collector", httpPort),
      ],
      listeners: [
        listener("http", http, "envoy.filters.network.http_connection_manager", {
          "@type": `${types}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
          stat_prefix: "http",
          route_config: {
            name: "local",
            virtual_hosts: [{ name: "all", domains: ["*"], routes: [route("good"), route("dead")] }],
          },
          http_filters: [
            { name: "envoy.filters.http.router", typed_config: typed("filters.http.router.v3.Router", {}) },
          ],
          access_log: [grpcLog("http", "front"), ...(telemetry ? [otelLog()] : [])],
          ...(telemetry && { tracing: tracing(exporter) }),
        }),
        listener("tcp", tcp, "envoy.filters.network.tcp_proxy", {
          "@type": `${types}.filters.network.tcp_proxy.v3.TcpProxy`,
          stat_prefix: "tcp",
          cluster: "good",
          access_log: [grpcLog("tcp", "tcp")],
          access_log_options: { flush_access_log_on_start: true, flush_access_log_on_connected: false },
        }),
      ],
    },
  });
  const envoy = await startEnvoy(t, { transport: "ads", xdsPort: controlPlane.xdsPort });
  await envoy.ready();
  return { controlPlane, envoy, ports: { http, tcp, good } };
}

const types = "type.googleapis.com/envoy.extensions";

function listener(name: string, port: number, filter: string, config: object): object {
  return {
    name,
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [{ filters: [{ name: filter, typed_config: config }] }],
  };
}

function route(name: string): object {
  return { name, match: { prefix: `/${name}` }, route: { cluster: name } };
}

function grpcLog(kind: "http" | "tcp", logName: string): object {
  const common = {
    log_name: logName,
    transport_api_version: "V3",
    grpc_service: toControlPlane,
    buffer_flush_interval: "0.05s",
  };
  const headers = { additional_request_headers_to_log: ["authorization", "x-api-key", "traceparent"] };
  return {
    name: `envoy.access_loggers.${kind}_grpc`,
    typed_config: {
      "@type": `${types}.access_loggers.grpc.v3.${kind === "http" ? "Http" : "Tcp"}GrpcAccessLogConfig`,
      common_config: common,
      ...(kind === "http" && headers),
    },
  };
}

/** The attributes that the control plane understands. */
function otelLog(): object {
  const attributes = {
    "http.request.method": "%REQ(:METHOD)%",
    "url.path": "%REQ(:PATH)%",
    "http.response.status_code": "%RESPONSE_CODE%",
    "envoy.route_name": "%ROUTE_NAME%",
    "envoy.upstream_cluster": "%UPSTREAM_CLUSTER%",
    "envoy.response_flags": "%RESPONSE_FLAGS%",
    "envoy.duration": "%DURATION%",
    "http.request.header.authorization": "Basic secret",
  };
  const values = Object.entries(attributes).map(([key, value]) => ({ key, value: { string_value: value } }));
  return {
    name: "envoy.access_loggers.open_telemetry",
    typed_config: {
      "@type": `${types}.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig`,
      grpc_service: toControlPlane,
      log_name: "otel",
      buffer_flush_interval: "0.05s",
      body: { string_value: "%REQ(:METHOD)% %REQ(:PATH)%" },
      attributes: { values },
    },
  };
}

function tracing(exporter: object): object {
  return {
    random_sampling: { value: 100 },
    provider: {
      name: "envoy.tracers.opentelemetry",
      typed_config: {
        "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
        service_name: "edge",
        ...exporter,
      },
    },
  };
}

function httpService(path: string): object {
  const uri = `http://collector.example${path}`;
  return { http_uri: { uri, cluster: "collector", timeout: "1s" } };
}

function hostOf({ url }: ControlPlane): string {
  return new URL(url).host;
}

async function get(port: number, path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request({ port, path, headers, host: "127.0.0.1" }, (response) => {
    response.resume().on("end", () => resolve(response.statusCode));
  })
    .on("error", reject)
    .end();
  return await promise;
}
