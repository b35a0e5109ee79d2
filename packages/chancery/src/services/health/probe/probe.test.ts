import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { issue, makeCa } from "../../../../../xds/src/grpc/testdata/certificates.ts";
import type { Materials } from "../../../translate/draft.ts";
import { targetsOf } from "../testdata/targets.ts";
import { type ProbeResult, probe } from "./probe.ts";

const ok = { ok: true };

test("HTTP: the statuses that are wanted pass, and the request is for the path and the host that are said", async (t) => {
  const asked: unknown[] = [];
  let status = 200;
  const answer: RequestListener = ({ method, url, headers }, response) => {
    asked.push([method, url, headers.host]);
    response.writeHead(status).end("x");
  };
  const at = await listen(t, createServer(answer));
  assert.deepEqual(await ask(at, "http: /healthz?x=1, host: shop.example.com"), ok);
  assert.deepEqual(await ask(at, "http: /"), ok);
  assert.deepEqual(asked, [
    ["GET", "/healthz?x=1", "shop.example.com"],
    ["GET", "/", "shop"],
  ]);
  status = 503;
  assert.deepEqual(await ask(at, "http: /"), { ok: false, reason: "HTTP 503" });
  assert.deepEqual(await ask(at, "http: /, statuses: [200-204, 5xx]"), ok);
  status = 204;
  assert.deepEqual(await ask(at, "http: /"), { ok: false, reason: "HTTP 204" });
});

test("HTTP: over a unix socket, and over HTTP/2 without TLS", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "probe-"));
  t.after(() => rm(folder, { recursive: true }));
  const answer: RequestListener = (_, response) => response.end("fine");
  const path = join(folder, "shop.sock");
  await listen(t, createServer(answer), path);
  assert.deepEqual(await ask(`unix:${path}`, "http: /"), ok);
  const server = createHttp2Server((request, response) => {
    response.writeHead(request.headers[":authority"] === "shop" ? 200 : 404).end();
  });
  assert.deepEqual(await ask(await listen(t, server), "http: /", "protocol: http2"), ok);
});

test("what does not answer, refuses or is not there fails, and it is said why", async (t) => {
  const silent = await listen(
    t,
    createServer(() => {}),
  );
  assert.deepEqual(await ask(silent, "http: /, timeout: 50ms"), { ok: false, reason: "timeout" });
  const mute = await listen(t, createTcpServer());
  assert.deepEqual(await ask(mute, "http: /, timeout: 50ms", "protocol: http2"), { ok: false, reason: "timeout" });
  assert.deepEqual(await ask(silent, "http: /", "protocol: http2"), { ok: false, reason: "Protocol error" });
  const closing = await listen(
    t,
    createTcpServer((socket) => socket.destroy()),
  );
  assert.partialDeepStrictEqual(await ask(closing, "http: /"), { ok: false });
  assert.partialDeepStrictEqual(await ask(closing, "http: /", "protocol: http2"), { ok: false });
  const gone = createServer();
  const address = await listen(t, gone);
  gone.close();
  for (const check of ["http: /", "tcp: true", "grpc: true"]) {
    assert.deepEqual(await ask(address, check), { ok: false, reason: "connection refused" });
  }
  assert.deepEqual(await ask("unix:/nowhere/shop.sock", "tcp: true"), { ok: false, reason: "no such socket" });
});

test("TCP: whoever takes a connection passes", async (t) => {
  const server = createTcpServer((socket) => socket.on("error", () => {}));
  assert.deepEqual(await ask(await listen(t, server), "tcp: true"), ok);
});

test("gRPC: SERVING passes, of the service that is asked for", async (t) => {
  const services: Readonly<Record<string, number>> = { "": 1, "shop.v1.Shop": 2 };
  const server = createHttp2Server();
  server.on("stream", async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const chunks = await stream.toArray();
    const name = Buffer.concat(chunks).subarray(7).toString();
    const state = services[name];
    assert.equal(headers[":path"], "/grpc.health.v1.Health/Check");
    stream.respond({ "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": state === undefined ? "5" : "0" }));
    stream.end(state === undefined ? undefined : Buffer.from([0, 0, 0, 0, 2, 8, state]));
  });
  const at = await listen(t, server);
  assert.deepEqual(await ask(at, "grpc: true"), ok);
  assert.deepEqual(await ask(at, "grpc: shop.v1.Shop"), { ok: false, reason: "NOT_SERVING" });
  assert.deepEqual(await ask(at, "grpc: other"), { ok: false, reason: "gRPC status 5" });
  const http = createHttp2Server((_, response) => response.writeHead(404).end());
  assert.deepEqual(await ask(await listen(t, http), "grpc: true"), { ok: false, reason: "HTTP 404" });
});

test("TLS: the certificate has to be signed by the CA, and to have the name", async (t) => {
  const ca = makeCa("test");
  const pair = issue(ca, "shop", "DNS:shop.example.com");
  const at = await listen(
    t,
    createHttpsServer(pair, (_, response) => response.end("fine")),
  );
  const materials: Materials = new Map([
    ["ours", { ca: ca.cert.toString() }],
    ["other", { ca: makeCa("other").cert.toString() }],
  ]);
  const asked = (tls: string) => ask(at, "http: /", `tls: ${tls}`, materials);
  assert.deepEqual(await asked("{ ca: ours, sni: shop.example.com }"), ok);
  assert.deepEqual(await asked("{ ca: ours, sans: '*.example.com' }"), ok);
  assert.deepEqual(await asked("{ verify: false }"), ok);
  assert.deepEqual(await asked("{ ca: ours, sni: cart.example.com }"), {
    ok: false,
    reason: "the certificate is for shop.example.com",
  });
  assert.partialDeepStrictEqual(await asked("{ ca: other, sni: shop.example.com }"), { ok: false });
  const http2 = await listen(
    t,
    createSecureServer(pair, (_, response) => response.end("fine")),
  );
  const tls = "protocol: http2, tls: { ca: ours, sni: shop.example.com }";
  assert.deepEqual(await ask(http2, "http: /", tls, materials), ok);
});

/** Asks an endpoint once, by a check that is written as in a model. */
async function ask(
  address: string,
  check: string,
  service = check.startsWith("grpc") ? "protocol: grpc" : "protocol: http1",
  materials: Materials = new Map(),
): Promise<ProbeResult> {
  const text = `{ endpoints: ["${address}"], ${service}, health: { active: { by: control-plane, ${check} } } }`;
  const [target] = targetsOf(text);
  const [endpoint] = target?.endpoints ?? [];
  assert(target && endpoint);
  return probe(target, { endpoint, materials });
}

async function listen(t: TestContext, server: Server, path?: string): Promise<string> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  if (path === undefined) server.listen(0, "127.0.0.1");
  else server.listen(path);
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  // It listens on a port unless it has a path.
  return path ?? `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
