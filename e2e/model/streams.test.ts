import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { freePort } from "../harness/free-port.ts";
import { startModel } from "../harness/model.ts";
import { send, toAnswer } from "../harness/request.ts";
import { startTcpUpstream, startUdpUpstream } from "../harness/tcp-upstream.ts";
import { startUpstream } from "../harness/upstream.ts";

test("connections, datagrams and the limits of clients", async (t) => {
  const { ports } = await start(t);

  await t.test("TCP goes to one service, or by weights to several", async () => {
    assert.equal(await firstLine(ports.db), "main\n");
    const names = await Promise.all(Array.from({ length: 60 }, () => firstLine(ports.mixed)));
    const spare = names.filter((name) => name === "spare\n").length;
    assert(spare > 0 && spare < 40, `${spare} of 60`);
  });

  await t.test("TCP that has nowhere to go is closed", async () => {
    assert.equal(await text(connect(ports.unused, "127.0.0.1")), "");
    assert.equal(await text(connect(ports.gone, "127.0.0.1")), "");
  });

  await t.test("UDP", async (t) => {
    const socket = createSocket("udp4");
    t.after(() => socket.close());
    socket.send("ping", ports.dns, "127.0.0.1");
    assert.equal(`${(await once(socket, "message"))[0]}`, "dns ping");
  });

  await t.test("the PROXY protocol says who the client is, and must be spoken", async () => {
    const asked = "GET / HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n";
    const body = await say(ports.behind, `PROXY TCP4 192.0.2.9 127.0.0.1 1234 80\r\n${asked}`);
    const answer = toAnswer(200, {}, body.slice(body.indexOf("\r\n\r\n") + 4).replace(/^[0-9a-f]+\r\n/, ""));
    assert.deepEqual([answer.by, answer.got("x-forwarded-for")], ["blue", "192.0.2.9"]);
    assert.equal(await say(ports.behind, asked), "");
  });

  await t.test("paths are made plain before rules see them", async () => {
    assert.equal((await send(ports.edge, "/a/../b//c")).asked, "GET /b/c HTTP/1.1");
    assert.equal((await send(ports.edge, "/a%2Fb")).status, 400);
  });

  await t.test("too many headers, and headers that never end, are refused", async () => {
    const headers = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`x-${index}`, "1"]));
    assert.equal((await send(ports.edge, "/", { headers })).status, 431);
    assert.match(await say(ports.edge, "GET / HTTP/1.1\r\nHost: shop.example.com\r\n"), /^HTTP\/1\.1 408 /);
    assert.equal((await send(ports.edge, "/", { headers: { x_under: "1" } })).status, 400);
  });

  await t.test("answers carry the server's name if there is one, else the service's own", async () => {
    assert.equal((await send(ports.edge, "/")).headers.server, "edge");
    assert.equal((await send(ports.plain, "/")).headers.server, undefined);
  });

  await t.test("addresses of trusted proxies are skipped in x-forwarded-for", async () => {
    const headers = { "x-forwarded-for": "192.0.2.9, 127.0.0.8" };
    const answer = await send(ports.trusting, "/client", { headers });
    assert.equal(answer.got("x-client"), "192.0.2.9");
    assert.equal(answer.got("x-forwarded-for"), "192.0.2.9, 127.0.0.8,127.0.0.1");
  });

  await t.test("as many connections as are allowed", async () => {
    const first = connect(ports.single, "127.0.0.1");
    assert.equal(`${(await once(first, "data"))[0]}`, "main\n");
    assert.equal(await text(connect(ports.single, "127.0.0.1")), "");
    first.destroy();
  });
});

async function start(t: TestContext) {
  const [blue, main, spare, dns] = await Promise.all([
    startUpstream(t, "blue"),
    startTcpUpstream(t, "main"),
    startTcpUpstream(t, "spare"),
    startUdpUpstream(t, "dns"),
  ]);
  const names = ["db", "mixed", "unused", "gone", "dns", "behind", "edge", "plain", "trusting", "single"] as const;
  const free = await Promise.all(names.map(async (name) => [name, await freePort()] as const));
  // The keys are the names.
  const ports = Object.fromEntries(free) as Record<(typeof names)[number], number>;
  const address = ({ port }: { readonly port: number }) => `127.0.0.1:${port}`;
  const local = "127.0.0.1";
  await startModel(t, {
    gateways: {
      streams: {
        address: local,
        listeners: {
          db: { protocol: "TCP", port: ports.db },
          mixed: { protocol: "TCP", port: ports.mixed },
          unused: { protocol: "TCP", port: ports.unused },
          gone: { protocol: "TCP", port: ports.gone },
          dns: { protocol: "UDP", port: ports.dns },
        },
      },
      single: {
        ...{ address: local, limits: { connections: 1 } },
        listeners: { tcp: { protocol: "TCP", port: ports.single } },
      },
      plain: {
        address: local,
        listeners: {
          http: { protocol: "HTTP", port: ports.plain },
          behind: { protocol: "HTTP", port: ports.behind, proxyProtocol: true },
        },
      },
      edge: {
        address: local,
        listeners: { http: { protocol: "HTTP", port: ports.edge } },
        http: { serverName: "edge", allowUnderscores: false },
        limits: { headersCount: 20 },
        timeouts: { requestHeaders: "100ms" },
      },
      trusting: {
        address: local,
        listeners: { http: { protocol: "HTTP", port: ports.trusting } },
        http: { trustedAddresses: "127.0.0.0/8" },
      },
    },
    services: {
      blue: { endpoints: address(blue) },
      main: { endpoints: address(main), protocol: "tcp" },
      spare: { endpoints: address(spare), protocol: "tcp" },
      dns: { endpoints: address(dns), protocol: "tcp" },
    },
    routes: {
      db: { parents: ["streams/db", "single"], protocol: "tcp", to: "main" },
      mixed: {
        ...{ parents: "streams/mixed", protocol: "tcp" },
        to: [
          { service: "main", weight: 4 },
          { service: "spare", weight: 1 },
          { service: "spare", weight: 0 },
        ],
      },
      gone: { parents: "streams/gone", protocol: "tcp", to: "nowhere" },
      dns: { parents: "streams", protocol: "udp", to: "dns" },
      blue: {
        ...{ parents: ["plain", "edge", "trusting"], to: "blue" },
        headers: { request: { set: { "x-client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%" } } },
      },
    },
  });
  return { ports };
}

async function firstLine(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const [data] = await once(socket, "data");
  socket.destroy();
  return `${data}`;
}

/** Sends bytes and returns all that comes back until the connection ends, one way or the other. */
async function say(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  // Whether it was a reset does not matter.
  socket.on("error", () => {}).on("close", () => resolve(chunks.join("")));
  socket.write(bytes);
  return promise;
}
