import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { freePort } from "../harness/free-port.ts";
import { startGrpcUpstream } from "../harness/grpc-upstream.ts";
import { startHttp } from "../harness/http-upstream.ts";
import { startModel } from "../harness/model.ts";
import { send, toAnswer } from "../harness/request.ts";
import { startTcpUpstream } from "../harness/tcp-upstream.ts";
import { startUpstream } from "../harness/upstream.ts";

test("protocols over a plain port", async (t) => {
  const { port, dbPort } = await start(t);

  await t.test("HTTP/2 without TLS (h2c)", async () => {
    const answer = await askHttp2(port, { ":path": "/hello", ":authority": "shop.example.com" });
    assert.equal(answer.by, "blue");
  });

  await t.test("WebSocket, only where a rule allows it", async () => {
    const chat = await upgrade(port, "/chat");
    assert.equal(chat.status, 101);
    chat.socket.write("hello");
    assert.equal(`${(await once(chat.socket, "data"))[0]}`, "hello");
    chat.socket.destroy();
    const other = await upgrade(port, "/hello");
    assert.equal(other.status, 403);
    other.socket.destroy();
  });

  await t.test("CONNECT: a tunnel to a service, or to where the request says", async () => {
    assert.equal(await tunnel(port, "db.example.com:5432"), "db\nping");
    assert.equal(await tunnel(port, `localhost:${dbPort}`), "db\nping");
    assert.equal(await tunnel(port, "shop.example.com:80"), "404");
  });

  await t.test("CONNECT over HTTP/2", async (t) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    t.after(() => session.destroy());
    const stream = session.request({ ":method": "CONNECT", ":authority": "db.example.com:5432" });
    const [headers] = await once(stream, "response");
    assert.equal(headers[":status"], 200);
    assert.equal(`${(await once(stream, "data"))[0]}`, "db\n");
    stream.write("ping");
    assert.equal(`${(await once(stream, "data"))[0]}`, "ping");
  });

  await t.test("a forward proxy: where the request's host says", async () => {
    const { port: other } = await startUpstream(t, "anywhere");
    const answer = await send(port, "/", { host: `localhost:${other}` });
    assert.equal(answer.by, "anywhere");
  });

  await t.test("gRPC calls go by service and method", async () => {
    assert.equal(await call(port, "/test.Echo/Name"), "calls");
    assert.equal(await call(port, "/test.Other/Name"), status.UNIMPLEMENTED);
    assert.equal((await send(port, "/test.Echo/Name", { host: "grpc.example.com" })).status, 404);
  });

  await t.test("a gRPC call that nobody answers ends at the deadline that it names", async () => {
    const answer = await askHttp2(port, {
      ...{ ":method": "POST", ":path": "/test.Silent/Name", ":authority": "grpc.example.com" },
      ...{ "content-type": "application/grpc", "grpc-timeout": "100m", te: "trailers" },
    });
    assert.equal(answer.headers["grpc-status"], `${status.DEADLINE_EXCEEDED}`);
  });
});

async function start(t: TestContext) {
  const [blue, calls, db] = await Promise.all([
    startUpstream(t, "blue"),
    startGrpcUpstream(t, "calls"),
    startTcpUpstream(t, "db"),
  ]);
  const chat = await startHttp(t, (_, response) => response.end());
  chat.server.on("upgrade", (_, socket: Socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.pipe(socket);
  });
  const silent = createHttp2Server(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => silent.close());
  const port = await freePort();
  const address = (upstream: { readonly port: number }) => `127.0.0.1:${upstream.port}`;
  await startModel(t, {
    gateways: { public: { address: "127.0.0.1", listeners: { http: { protocol: "HTTP", port } } } },
    services: {
      blue: { endpoints: address(blue) },
      chat: { endpoints: address(chat) },
      calls: { endpoints: address(calls), protocol: "grpc" },
      // It listens on a port, so it has this kind of address.
      silent: { endpoints: address(silent.address() as AddressInfo), protocol: "grpc" },
      db: { endpoints: address(db), protocol: "tcp" },
      anywhere: { endpoints: "dynamic", dns: { family: "v4" } },
    },
    routes: {
      shop: {
        parents: "public",
        hosts: "shop.example.com",
        rules: {
          chat: { match: { path: "/chat" }, to: "chat", upgrades: "websocket" },
          rest: { to: "blue" },
        },
      },
      tunnel: {
        parents: "public",
        hosts: "db.example.com",
        match: { methods: "CONNECT" },
        to: "db",
        upgrades: "connect",
      },
      calls: {
        parents: "public",
        hosts: "grpc.example.com",
        protocol: "grpc",
        rules: {
          echo: { match: { grpc: { service: "test.Echo", method: "Name" } }, to: "calls" },
          silent: { match: { grpc: { service: "test.Silent" } }, to: "silent" },
        },
      },
      forward: { parents: "public", hosts: "localhost", to: "anywhere", upgrades: "connect" },
    },
  });
  return { port, dbPort: db.port };
}

async function askHttp2(port: number, headers: Readonly<Record<string, string>>) {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request(headers);
    const [answer] = await once(stream, "response");
    return toAnswer(Number(answer[":status"]), answer, await text(stream));
  } finally {
    session.destroy();
  }
}

async function upgrade(port: number, path: string): Promise<{ status: number; socket: Socket }> {
  const headers = { host: "shop.example.com", connection: "upgrade", upgrade: "websocket" };
  const sent = request({ host: "127.0.0.1", port, path, headers, agent: false }).end();
  const upgraded = once(sent, "upgrade").then(([response, socket]) => ({ status: response.statusCode, socket }));
  const refused = once(sent, "response").then(([response]) => ({
    status: response.statusCode,
    socket: response.socket,
  }));
  return Promise.race([upgraded, refused]);
}

/** What comes back through a tunnel into which "ping" goes after the first answer; or the status that refuses it. */
async function tunnel(port: number, target: string): Promise<string> {
  const sent = request({ host: "127.0.0.1", port, method: "CONNECT", path: target, agent: false, timeout: 5_000 });
  sent.on("timeout", () => sent.destroy(new Error("no answer within 5 s"))).end();
  // The arguments of this event.
  const [response, socket, head] = (await once(sent, "connect")) as [IncomingMessage, Socket, Buffer];
  if (response.statusCode !== 200) {
    socket.destroy();
    return `${response.statusCode}`;
  }
  const [hello] = head.length > 0 ? [head] : await once(socket, "data");
  socket.write("ping");
  const [echo] = await once(socket, "data");
  socket.destroy();
  return `${hello}${echo}`;
}

/** Calls a method without a message; returns the answer, or the status if that is not OK. */
async function call(port: number, path: string): Promise<string | number> {
  const options = { "grpc.default_authority": "grpc.example.com" };
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  const asIs = (bytes: Buffer) => bytes;
  const { promise, resolve } = Promise.withResolvers<string | number>();
  const done = (error: ServiceError | null, answer?: Buffer) => resolve(error ? error.code : `${answer}`);
  client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), new Metadata(), done);
  return promise.finally(() => client.close());
}
