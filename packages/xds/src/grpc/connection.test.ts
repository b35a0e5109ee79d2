import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { type Address, Code } from "./index.ts";
import { issue, makeCa } from "./testdata/certificates.ts";
import { closeOf, frame, greeted, rawCall, rawClient, responseOf } from "./testdata/raw-client.ts";
import { echo, serve, silent } from "./testdata/serve.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
const SETTINGS_ACK = Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]);

/** A bare TCP connection that says `bytes` and nothing more. */
async function say(t: TestContext, address: Address, ...bytes: (string | Buffer)[]): Promise<Socket> {
  const socket = connectTcp(address).resume();
  socket.on("error", () => {});
  t.after(() => socket.destroy());
  await once(socket, "connect");
  for (const part of bytes) socket.write(part);
  return socket;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
}

test("a connection that never speaks HTTP/2 is dropped after the handshake timeout", async (t) => {
  const { address, server } = await serve(t, {}, { handshakeTimeoutMs: 20 });
  await closed(await say(t, address));
  assert.equal(server.stats.connectionsDropped, 1);
  assert.equal(server.stats.connections, 0);
});

test("a connection stuck in its TLS handshake is dropped too", async (t) => {
  const ca = makeCa("test CA");
  const tls = issue(ca, "server", "IP:127.0.0.1");
  const { address } = await serve(t, {}, { tls, handshakeTimeoutMs: 20 });
  await closed(await say(t, address, Buffer.from([22, 3, 1])));
});

test("a connection without any call is dropped after the first-call timeout", async (t) => {
  const { address, server } = await serve(t, {}, { handshakeTimeoutMs: 10, firstCallTimeoutMs: 20 });
  await closed(await say(t, address, PREFACE, SETTINGS, SETTINGS_ACK));
  assert.equal(server.stats.connectionsDropped, 1);
});

test("a connection that had a call stays, however long there is no other", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { address, server } = await serve(t, { "/t.T/Echo": echo }, { pingIntervalMs: Number.POSITIVE_INFINITY });
  const session = await rawClient(t, address);
  await greeted(session);
  for (let call = 0; call < 3; call++) {
    const stream = rawCall(session, "/t.T/Echo");
    stream.end(frame("x"));
    assert.deepEqual((await responseOf(stream)).body, frame("x"));
    t.mock.timers.tick(3_600_000);
  }
  assert.equal(server.stats.connectionsDropped, 0);
});

test("a peer that has died without a word is found by ping and its calls are closed", async (t) => {
  const gone = Promise.withResolvers<void>();
  const { address, server } = await serve(
    t,
    { "/t.T/Hold": () => ({ message() {}, close: () => gone.resolve() }) },
    { pingIntervalMs: 20, pingTimeoutMs: 20 },
  );
  const headers = Buffer.concat([Buffer.from([0, 0, 0, 1, 4, 0, 0, 0, 1]), requestHeaders("/t.T/Hold")]);
  headers.writeUIntBE(headers.length - 9, 0, 3);
  await say(t, address, PREFACE, SETTINGS, SETTINGS_ACK, headers);
  await gone.promise;
  assert.equal(server.stats.connectionsDropped, 1);
  assert.deepEqual(server.stats.callsEnded.get("/t.T/Hold"), new Map([[Code.CANCELLED, 1]]));
});

test("a silent peer that answers pings stays", async (t) => {
  const { address, server } = await serve(t, { "/t.T/Silent": silent }, { pingIntervalMs: 5, pingTimeoutMs: 5_000 });
  const session = await rawClient(t, address);
  rawCall(session, "/t.T/Silent");
  for (let i = 0; i < 5; i++) await once(session, "ping");
  assert.equal(server.stats.connectionsDropped, 0);
  assert.equal(server.stats.calls, 1);
});

test("a client that floods the server with pings is told and sent away", async (t) => {
  const { address, server } = await serve(t, {}, { maxPingsPerMinute: 5 });
  const session = await rawClient(t, address);
  const goaway = once(session, "goaway");
  const ended = closeOf(session);
  for (let i = 0; i < 6; i++) session.ping(() => {});
  const [code, , reason] = await goaway;
  assert.equal(code, 11);
  assert.equal(String(reason), "too_many_pings");
  await ended;
  assert.equal(server.stats.connectionsDropped, 1);
});

test("more connections than allowed are closed as they come", async (t) => {
  const { address, server } = await serve(t, {}, { maxConnections: 1 });
  await rawClient(t, address);
  await closed(await say(t, address, PREFACE));
  assert.equal(server.stats.connections, 1);
});

for (const garbage of ["GET / HTTP/1.1\r\n\r\n", "\0".repeat(100), `${PREFACE}${"x".repeat(1000)}`]) {
  test(`garbage closes its connection and nothing else: ${JSON.stringify(garbage.slice(0, 30))}`, async (t) => {
    const { address, server } = await serve(t, { "/t.T/Echo": echo });
    const session = await rawClient(t, address);
    await closed(await say(t, address, garbage));
    const stream = rawCall(session, "/t.T/Echo");
    stream.end(frame("still here"));
    assert.deepEqual((await responseOf(stream)).body, frame("still here"));
    assert.equal(server.stats.connections, 1);
  });
}

test("garbage in a TLS connection closes it and nothing else", async (t) => {
  const ca = makeCa("test CA");
  const { address, server } = await serve(t, {}, { tls: issue(ca, "server", "IP:127.0.0.1") });
  await closed(await say(t, address, "GET / HTTP/1.1\r\n\r\n"));
  const socket = connectTls({ ...address, ca: ca.cert, ALPNProtocols: ["h2"] }).resume();
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  socket.write("nonsense".repeat(100));
  await closed(socket);
  assert.equal(server.stats.connections, 0);
});

test("3,000 open streams that are reset at once leave nothing behind, and the connection stays", async (t) => {
  const { address, server } = await serve(t, { "/t.T/Silent": silent });
  const session = await rawClient(t, address);
  const streams = Array.from({ length: 3000 }, () => rawCall(session, "/t.T/Silent"));
  await Promise.all(streams.map((stream) => once(stream, "response")));
  const ends = streams.map(closeOf);
  for (const stream of streams) stream.close(8);
  await Promise.all(ends);
  await new Promise((resolve) => session.ping(resolve));
  assert.equal(server.stats.calls, 0);
  assert.equal(session.destroyed, false);
});

test("sockets that are reset while messages go both ways close their calls, each once", async (t) => {
  const all = Promise.withResolvers<void>();
  let opens = 0;
  let closes = 0;
  const { address, server } = await serve(t, {
    "/t.T/Busy": (call) => {
      opens++;
      return {
        message: () => call.write({ chunks: [Buffer.alloc(300_000)], length: 300_000 }),
        drain: () => call.write({ chunks: [Buffer.alloc(300_000)], length: 300_000 }),
        close() {
          if (++closes === 50) all.resolve();
        },
      };
    },
  });
  const kill = async () => {
    const session = await rawClient(t, address);
    const streams = Array.from({ length: 5 }, () => rawCall(session, "/t.T/Busy"));
    for (const stream of streams) stream.write(frame(Buffer.alloc(20_000)));
    await Promise.all(streams.map((stream) => once(stream, "response")));
    session.socket.resetAndDestroy();
  };
  await Promise.all(Array.from({ length: 10 }, kill));
  await all.promise;
  assert.equal(opens, 50);
  assert.equal(closes, 50);
  assert.equal(server.stats.calls, 0);
});

/** A HEADERS block of literals without indexing, https://www.rfc-editor.org/rfc/rfc7541#section-6.2.2 */
function requestHeaders(path: string): Buffer {
  const headers = {
    ":method": "POST",
    ":scheme": "http",
    ":authority": "test",
    ":path": path,
    "content-type": "application/grpc",
  };
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]),
  );
}
