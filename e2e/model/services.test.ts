import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { TLSSocket } from "node:tls";
import { startEcho } from "../../packages/chancery/src/cli/demo/echo.ts";
import type { Config } from "../../packages/chancery/src/model/kinds.ts";
import { makeAuthority, selfSigned } from "../harness/certificate.ts";
import { freePort } from "../harness/free-port.ts";
import { startHttp } from "../harness/http-upstream.ts";
import { startModel } from "../harness/model.ts";
import { type Answer, send } from "../harness/request.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

test("services: where requests go, and how", async (t) => {
  const { ask, many, upstreams, envoy } = await start(t);

  await t.test("round robin takes turns", async () => {
    assert.deepEqual(count(await many("turns", 40)), { red: 20, blue: 20 });
  });

  await t.test("weights of endpoints", async () => {
    const { red = 0, blue = 0 } = count(await many("weights", 120));
    assert(red > blue * 2, `red ${red}, blue ${blue}`);
  });

  await t.test("a socket file, and a host name", async () => {
    assert.equal((await ask("socket")).by, "socket");
    assert.equal((await ask("named")).by, "red");
  });

  await t.test("endpoints of a lower priority wait until the others are unhealthy", async () => {
    assert.deepEqual(count(await many("priorities", 20)), { red: 20 });
    assert.deepEqual(count(await many("unhealthy", 20)), { blue: 20 });
  });

  await t.test("another service answers when this one has nothing healthy", async () => {
    assert.equal((await ask("failover")).by, "blue");
  });

  await t.test("ring hash and Maglev send equal keys to one endpoint", async () => {
    for (const service of ["ring", "table"]) {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) => ask(service, { headers: { "x-user": `user-${i % 15}` } })),
      );
      const byUser = Map.groupBy(answers.entries(), ([i]) => i % 15);
      for (const group of byUser.values()) assert.equal(new Set(group.map(([, { by }]) => by)).size, 1);
      assert.deepEqual(Object.keys(count(answers)).sort(), ["blue", "red"]);
    }
  });

  await t.test("subsets are endpoints with the same labels", async () => {
    assert.deepEqual(count(await many("subset", 20)), { blue: 20 });
  });

  await t.test("active checks take an endpoint out, and in again", async () => {
    await until("the sick endpoint is out", async () => count(await many("checked", 10)).red === 10);
    upstreams.sick.healthy = true;
    await until("it is in again", async () => (count(await many("checked", 10)).sick ?? 0) > 0);
  });

  await t.test("an endpoint that answers badly is ejected", async () => {
    await until("only the good one is used", async () => count(await many("outlier", 10)).red === 10);
    assert.equal(await envoy.stat("cluster.outlier.outlier_detection.ejections_active"), "1");
  });

  await t.test("what is above a limit is refused", async () => {
    const slow = Promise.all([ask("limited"), ask("limited"), ask("limited")]);
    await until("one waits", async () => (await envoy.stat("cluster.limited.upstream_rq_active")) === "1");
    const answers = await slow;
    assert.equal(answers.filter(({ status }) => status === 503).length, 2);
  });

  await t.test("TLS: the certificate has to be right, and ours is shown", async () => {
    assert.equal((await ask("secure")).body, "secure for shop.example.com");
    assert.equal((await ask("wrong-name")).status, 503);
    assert.equal((await ask("wrong-authority")).status, 503);
    assert.equal((await ask("unchecked")).body, "secure for shop.example.com");
    assert.equal((await ask("uncertified")).status, 503);
  });

  await t.test("the PROXY protocol tells the service who the client is", async () => {
    assert.match((await ask("proxied")).body, /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+$/);
  });

  await t.test("a host header of the service's own", async () => {
    assert.equal((await ask("hosted")).got("host"), "inner.example.com");
  });

  await t.test("connections are closed after so many requests", async () => {
    // What counts them is made with the first one.
    const connections = async () => Number((await envoy.stat("cluster.short.upstream_cx_total")) ?? 0);
    const before = await connections();
    await many("short", 10);
    assert.equal((await connections()) - before, 5);
  });
});

function count(answers: readonly Answer[]): Record<string, number> {
  const groups = Object.groupBy(answers, ({ by }) => by);
  return Object.fromEntries(Object.entries(groups).map(([by, list]) => [by, list?.length ?? 0]));
}

async function start(t: TestContext) {
  const [red, blue] = await Promise.all([startUpstream(t, "red"), startUpstream(t, "blue")]);
  const sick = { healthy: false };
  const checked = await startHttp(t, (request, response) => {
    response.statusCode = request.url === "/healthz" && !sick.healthy ? 503 : 200;
    response.end("Hello from sick\n");
  });
  const bad = await startHttp(t, (_request, response) => {
    response.statusCode = 500;
    response.end("Hello from bad\n");
  });
  const slow = await startHttp(t, (_request, response) => setTimeout(() => response.end("slow"), 700));
  const socketPath = join(await temporaryFolder(t), "socket");
  const socket = await startEcho("socket", { path: socketPath });
  t.after(() => socket.close());
  const authority = await makeAuthority(t);
  const other = await selfSigned(t, "other");
  const own = await selfSigned(t, "shop", ["shop.example.com"]);
  // It wants to see a certificate of the authority's.
  const secure = await startSecure(t, {
    ...{ cert: own.certificate, key: own.key, ca: authority.ca },
    ...{ requestCert: true, rejectUnauthorized: true },
  });
  const proxied = await startProxied(t);
  const nobody = await freePort();

  const at = (port: number) => `127.0.0.1:${port}`;
  const both = [at(red.port), at(blue.port)];
  const hash = { affinity: [{ header: "x-user" }] };
  const tls = { ca: "own", sni: "shop.example.com" };
  const services: NonNullable<Config["services"]> = {
    turns: { endpoints: both },
    weights: {
      endpoints: [
        { address: at(red.port), weight: 5 },
        { address: at(blue.port), weight: 1 },
      ],
    },
    socket: { endpoints: `unix:${socketPath}` },
    named: { endpoints: `localhost:${red.port}` },
    priorities: { endpoints: [at(red.port), { address: at(blue.port), priority: 1 }] },
    unhealthy: {
      endpoints: [
        { address: at(red.port), health: "unhealthy" },
        { address: at(blue.port), priority: 1 },
      ],
    },
    failover: { endpoints: { address: at(red.port), health: "unhealthy" }, failover: "spare", health: { panic: "0%" } },
    spare: { endpoints: at(blue.port) },
    ring: { endpoints: both, loadBalancing: "ring-hash" },
    table: { endpoints: both, loadBalancing: "maglev" },
    subset: {
      endpoints: [
        { address: at(red.port), labels: { version: "v1" } },
        { address: at(blue.port), labels: { version: "v2" } },
      ],
      loadBalancing: { subsets: [["version"]] },
    },
    checked: {
      endpoints: [at(red.port), at(checked.port)],
      health: {
        active: {
          http: "/healthz",
          interval: "100ms",
          timeout: "1s",
          unhealthyThreshold: 1,
          healthyThreshold: 1,
          statuses: [200, 404],
        },
        panic: "0%",
      },
    },
    outlier: {
      endpoints: [at(red.port), at(bad.port)],
      health: { outlier: { consecutive5xx: 2, interval: "50ms", ejection: "60s", maxEjected: "100%" }, panic: "0%" },
    },
    limited: { endpoints: at(slow.port), limits: { requests: 1 } },
    secure: { endpoints: at(secure), tls: { ...tls, certificate: "client" } },
    "wrong-name": { endpoints: at(secure), tls: { ...tls, sni: "store.example.com", certificate: "client" } },
    "wrong-authority": { endpoints: at(secure), tls: { ...tls, ca: "strange", certificate: "client" } },
    unchecked: { endpoints: at(secure), tls: { verify: false, sni: "shop.example.com", certificate: "client" } },
    uncertified: { endpoints: at(secure), tls },
    proxied: { endpoints: at(proxied), connection: { proxyProtocol: "v1" } },
    hosted: { endpoints: at(red.port), hostHeader: "inner.example.com" },
    short: { endpoints: at(red.port), limits: { requestsPerConnection: 2 } },
    gone: { endpoints: at(nobody) },
  };
  const special: Record<string, object> = {
    ring: hash,
    table: hash,
    subset: { to: { service: "subset", subset: { version: "v2" } } },
  };
  const port = await freePort();
  const { envoy } = await startModel(t, {
    gateways: { public: { address: "127.0.0.1", listeners: { http: { protocol: "HTTP", port } } } },
    routes: Object.fromEntries(
      Object.keys(services).map((name) => [
        name,
        { parents: "public/http", hosts: `${name}.example.com`, to: name, timeout: "5s", ...special[name] },
      ]),
    ),
    services,
    certificates: {
      own: { kind: "ca", inline: { ca: own.certificate } },
      strange: { kind: "ca", inline: { ca: other.certificate } },
      client: { inline: { cert: authority.good.certificate, key: authority.good.key } },
    },
  });
  const ask = (service: string, options: Parameters<typeof send>[2] = {}) =>
    send(port, "/", { ...options, host: `${service}.example.com` });
  const many = async (service: string, times: number) => {
    const answers: Answer[] = [];
    for (let i = 0; i < times; i++) answers.push(await ask(service));
    return answers;
  };
  return { ask, many, envoy, upstreams: { sick } };
}

async function startSecure(t: TestContext, options: ServerOptions): Promise<number> {
  const server = createTlsServer(options, ({ socket }, response) => {
    response.end(`secure for ${socket instanceof TLSSocket ? socket.servername : "nobody"}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  // It listens on a port, so it has this kind of address.
  return (server.address() as AddressInfo).port;
}

/** Answers with the first line that comes, which is that of the PROXY protocol. */
async function startProxied(t: TestContext): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      const [line = ""] = String(bytes).split("\r\n");
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${line.length}\r\nconnection: close\r\n\r\n${line}`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  // It listens on a port, so it has this kind of address.
  return (server.address() as AddressInfo).port;
}
