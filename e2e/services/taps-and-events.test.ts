import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import { WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import { GrpcServer } from "@chancery/xds/grpc";
import {
  eventReportingHandlers,
  type ReportedEvent,
  type ServiceMethod,
  type TapTrace,
  tapSinkHandlers,
} from "@chancery/xds/services";
import { Client, credentials } from "@grpc/grpc-js";
import { ensureEnvoy } from "../../packages/chancery/src/bootstrap/envoy-binary.ts";
import { type Envoy, startWith } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { startHttp } from "../harness/http-upstream.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { until } from "../harness/until.ts";

test("Envoy 1.40 aborts when it is told to stream taps to a gRPC service itself", async (t) => {
  const sink = { streaming_grpc: { tap_id: "t", grpc_service: { envoy_grpc: { cluster_name: "control-plane" } } } };
  const folder = await temporaryFolder(t);
  const { path: binary } = await ensureEnvoy(process.env);
  for (const [name, parts] of [
    ["a filter", { filters: [filter("tap", `${http}.tap.v3.Tap`, staticTap({ sinks: [sink] }))] }],
    ["a socket", { transport_socket: tapSocket({ sinks: [sink] }) }],
  ] as const) {
    const file = join(folder, "bootstrap.json");
    await writeFile(file, JSON.stringify(bootstrap({ listen: 0, upstream: 9, services: 9, ...parts })));
    const output = await outputOf(binary, ["--mode", "validate", "-l", "critical", "-c", file]);
    assert.match(output, /tap_config_base\.cc:\d+\] panic: not implemented/, name);
  }
});

test("Envoy 1.40 calls no event service; what it writes into files can be sent to one", async (t) => {
  const folder = await temporaryFolder(t);
  const files = { health: join(folder, "health.log"), outliers: join(folder, "outliers.log") };
  const events: ReportedEvent[] = [];
  const reporting = eventReportingHandlers({ onEvents: (some) => void events.push(...some) });
  const services = await serve(t, reporting.methods);
  const { envoy, ask, upstream } = await start(t, {
    services: services.port,
    event_service: { grpc_service: { envoy_grpc: { cluster_name: "control-plane" } } },
    ...files,
    status: 500,
  });
  assert.equal(await ask(), 500);
  const lines = async (file: string) => (await readFile(file, "utf8")).split("\n").filter(Boolean);
  await until("an outlier", async () => (await lines(files.outliers)).length > 0);
  await until("a check", async () => (await lines(files.health)).length > 0);
  assert.equal(await envoy.stat("cluster.control-plane.upstream_cx_total"), "0");
  assert.equal(services.calls(), 0);

  const [health = ""] = await lines(files.health);
  const [outlier = ""] = await lines(files.outliers);
  await services.send("envoy.service.event_reporting.v3.StreamEventsRequest", [
    {
      identifier,
      events: [
        { "@type": "type.googleapis.com/envoy.data.core.v3.HealthCheckEvent", ...JSON.parse(health) },
        { "@type": "type.googleapis.com/envoy.data.cluster.v3.OutlierDetectionEvent", ...JSON.parse(outlier) },
      ],
    },
  ]);
  const about = { cluster: "upstream", address: `127.0.0.1:${upstream}` };
  assert.partialDeepStrictEqual(events, [
    { kind: "health-check", ...about, checker: "HTTP", what: "failed", httpStatus: 500, firstCheck: true },
    { kind: "outlier", ...about, what: "ejected", reason: "CONSECUTIVE_5XX", enforced: true, ejections: 1 },
  ]);
});

test("connections that Envoy taps, event by event, are joined as they were", async (t) => {
  const folder = await temporaryFolder(t);
  const traces: TapTrace[] = [];
  const sink = tapSinkHandlers({ onTrace: (trace) => void traces.push(trace) });
  const services = await serve(t, sink.methods);
  const format = "PROTO_BINARY_LENGTH_DELIMITED";
  const output = { streaming: true, sinks: [{ format, file_per_tap: { path_prefix: join(folder, "tap") } }] };
  const { ask, upstream } = await start(t, { services: services.port, transport_socket: tapSocket(output) });
  assert.equal(await ask(), 200);
  const pieces = await until("the end of the connection", async () => {
    const [file = ""] = await readdir(folder);
    const bytes = await readFile(join(folder, file));
    // The last piece says that it was closed.
    return bytes.includes(Buffer.from([0x22, 0x00])) && splitDelimited(bytes);
  });
  const first = encode("envoy.service.tap.v3.StreamTapsRequest", { identifier });
  await services.sendBytes([
    first,
    ...pieces.map((piece) => Buffer.from(new WireWriter().tag(3, WireType.Bytes).bytes(piece).finish())),
  ]);
  const [trace] = traces;
  assert(trace?.kind === "socket" && traces.length === 1);
  assert.partialDeepStrictEqual(trace, {
    end: "whole",
    incomplete: false,
    readTruncated: false,
    writeTruncated: false,
  });
  assert.equal(trace.connection?.remote, `127.0.0.1:${upstream}`);
  const textOf = (kind: "read" | "write") =>
    trace.events.map((event) => (event.kind === kind ? Buffer.from(event.body.data).toString() : "")).join("");
  assert.match(textOf("write"), /^GET \/hello HTTP\/1.1\r\n/);
  assert.match(textOf("read"), /^HTTP\/1.1 200 OK\r\n.*\r\n\r\n6\r\nanswer\r\n/s);
  assert.equal(trace.events.at(-1)?.kind, "closed");
});

const identifier = { node: { id: "edge-1", cluster: "edge" } };
const types = "type.googleapis.com/envoy.extensions";
const http = `${types}.filters.http`;

interface Parts {
  readonly listen: number;
  readonly upstream: number;
  readonly services: number;
  readonly filters?: readonly object[];
  readonly transport_socket?: object;
  readonly event_service?: object;
  /** Files for events. */
  readonly health?: string;
  readonly outliers?: string;
}

async function start(t: TestContext, options: Omit<Parts, "listen" | "upstream"> & { readonly status?: number }) {
  const { status = 200, ...parts } = options;
  const upstream = await startHttp(t, (_, response) => {
    response.writeHead(status, { connection: "close" }).end("answer");
  });
  const listen = await freePort();
  const envoy: Envoy = await startWith(t, bootstrap({ ...parts, listen, upstream: upstream.port }));
  await envoy.ready();
  const ask = async () => (await fetch(`http://127.0.0.1:${listen}/hello`)).status;
  return { envoy, ask, upstream: upstream.port };
}

function bootstrap({ listen, upstream, services, filters = [], ...parts }: Parts) {
  const { event_service, health, outliers, transport_socket } = parts;
  const eventSink = `${types}.health_check.event_sinks.file.v3.HealthCheckEventFileSink`;
  const check = {
    ...{ timeout: "1s", interval: "60s", healthy_threshold: 1, unhealthy_threshold: 3 },
    ...{ http_health_check: { path: "/" }, always_log_health_check_failures: true, event_service },
    event_logger: [{ name: "file", typed_config: { "@type": eventSink, event_log_path: health } }],
  };
  return {
    node: { id: "edge-1", cluster: "edge" },
    admin: { address: toAddress(0) },
    ...(outliers && { cluster_manager: { outlier_detection: { event_log_path: outliers, event_service } } }),
    static_resources: {
      listeners: [
        {
          ...{ name: "http", address: toAddress(listen) },
          filter_chains: [
            {
              filters: [
                filter("http", `${types}.filters.network.http_connection_manager.v3.HttpConnectionManager`, {
                  stat_prefix: "http",
                  route_config: {
                    virtual_hosts: [
                      {
                        ...{ name: "all", domains: ["*"] },
                        routes: [{ match: { prefix: "/" }, route: { cluster: "upstream" } }],
                      },
                    ],
                  },
                  http_filters: [...filters, filter("router", `${http}.router.v3.Router`, {})],
                }),
              ],
            },
          ],
        },
      ],
      clusters: [
        {
          ...toCluster("upstream", upstream),
          ...(transport_socket && { transport_socket }),
          ...(health && {
            health_checks: [check],
            outlier_detection: { consecutive_5xx: 1, enforcing_consecutive_5xx: 100, max_ejection_percent: 100 },
            // It goes on to be asked.
            common_lb_config: { healthy_panic_threshold: { value: 100 } },
          }),
        },
        toCluster("control-plane", services),
      ],
    },
  };
}

function filter(name: string, type: string, config: object): object {
  return { name, typed_config: { "@type": type, ...config } };
}

function staticTap(output: object): object {
  return { common_config: { static_config: { match: { any_match: true }, output_config: output } } };
}

function tapSocket(output: object): object {
  const plain = { "@type": `${types}.transport_sockets.raw_buffer.v3.RawBuffer` };
  const inner = { name: "envoy.transport_sockets.raw_buffer", typed_config: plain };
  return filter("envoy.transport_sockets.tap", `${types}.transport_sockets.tap.v3.Tap`, {
    ...staticTap(output),
    transport_socket: inner,
  });
}

function toCluster(name: string, port: number): object {
  const endpoint = { endpoint: { address: toAddress(port) } };
  return { name, load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] } };
}

function toAddress(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

/** Serves one method, and sends it what an Envoy would. */
async function serve(t: TestContext, methods: readonly ServiceMethod[]) {
  const server = new GrpcServer();
  let calls = 0;
  for (const { method, open } of methods) {
    server.handle(method, (call) => {
      calls++;
      return open(call);
    });
  }
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => server.close());
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  t.after(() => client.close());
  const [{ method = "" } = {}] = methods;
  const asIs = (bytes: Buffer): Buffer => bytes;
  const sendBytes = async (messages: readonly Buffer[]) => {
    const stream = client.makeBidiStreamRequest(method, asIs, asIs).on("data", () => {});
    for (const message of messages) stream.write(message);
    stream.end();
    await new Promise((resolve, reject) => stream.on("end", resolve).on("error", reject));
  };
  return {
    ...{ port, sendBytes, calls: () => calls },
    send: (type: string, messages: readonly object[]) => sendBytes(messages.map((message) => encode(type, message))),
  };
}

function encode(type: string, message: object): Buffer {
  const encoded = encodeJson(type, message, { validate: false });
  if (encoded.ok) return Buffer.from(encoded.bytes);
  throw new TypeError(JSON.stringify(encoded.problems));
}

/** Messages that each have their length before them. */
function splitDelimited(bytes: Uint8Array): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  const reader = new WireReader(bytes);
  while (!reader.done) messages.push(reader.bytes());
  return messages;
}

/** Everything that a program writes, however it ends. */
function outputOf(program: string, args: readonly string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(program, args, { timeout: 20_000 }, (_, stdout, stderr) => resolve(stdout + stderr));
  return promise;
}
