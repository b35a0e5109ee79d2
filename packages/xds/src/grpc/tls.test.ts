import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { credentials } from "@grpc/grpc-js";
import { Code, type GrpcCall, type Peer, unary } from "./index.ts";
import { issue, makeCa } from "./testdata/certificates.ts";
import { callBidi, callUnary, grpcClient, nextMessage, statusOf } from "./testdata/grpc-client.ts";
import { frame, rawCall, responseOf } from "./testdata/raw-client.ts";
import { echo, serve } from "./testdata/serve.ts";

const SERVER_NAMES = "DNS:localhost,IP:127.0.0.1";
const ca = makeCa("test CA");
const otherCa = makeCa("other CA");
const serverPair = issue(ca, "server", SERVER_NAMES);
const envoyPair = issue(ca, "envoy", "URI:spiffe://test/envoy-1");
const strangerPair = issue(otherCa, "stranger", "URI:spiffe://other/envoy-1");

const asEnvoy = () => credentials.createSsl(ca.cert, envoyPair.key, envoyPair.cert);
const asStranger = () => credentials.createSsl(ca.cert, strangerPair.key, strangerPair.cert);
const asAnyone = () => credentials.createSsl(ca.cert);

/** Answers with the SAN of the client's certificate. */
const whoAmI = unary((_, call) => Buffer.from(call.peer.certificate()?.subjectaltname ?? "nobody"));

test("a verified client certificate is the peer's identity", async (t) => {
  const tls = { ...serverPair, ca: ca.cert, requestCert: true };
  const { address } = await serve(t, { "/t.T/Who": whoAmI }, { tls });
  const answer = await callUnary(grpcClient(t, address, asEnvoy()), "/t.T/Who", Buffer.alloc(0));
  assert.equal(String(answer), "URI:spiffe://test/envoy-1");
});

test("clients without a certificate or with one of a stranger get no connection", async (t) => {
  const tls = { ...serverPair, ca: ca.cert, requestCert: true };
  const { address, server } = await serve(t, { "/t.T/Who": whoAmI }, { tls });
  for (const creds of [asAnyone(), asStranger()]) {
    const call = callUnary(grpcClient(t, address, creds), "/t.T/Who", Buffer.alloc(0));
    await assert.rejects(call, { code: Code.UNAVAILABLE });
  }
  assert.equal(server.stats.calls, 0);
  assert.deepEqual(server.stats.callsEnded, new Map());
});

test("where certificates are optional, one that is not trusted is no identity", async (t) => {
  const tls = { ...serverPair, ca: ca.cert, requestCert: true, rejectUnauthorized: false };
  const { address } = await serve(t, { "/t.T/Who": whoAmI }, { tls });
  const ask = async (creds: ReturnType<typeof asEnvoy>) =>
    String(await callUnary(grpcClient(t, address, creds), "/t.T/Who", Buffer.alloc(0)));
  assert.equal(await ask(asEnvoy()), "URI:spiffe://test/envoy-1");
  assert.equal(await ask(asAnyone()), "nobody");
  assert.equal(await ask(asStranger()), "nobody");
});

test("a peer over TLS is secure, and its certificate once asked for is still known after it has left", async (t) => {
  const opened = Promise.withResolvers<GrpcCall>();
  const closed = Promise.withResolvers<Peer>();
  const tls = { ...serverPair, ca: ca.cert, requestCert: true };
  const { address } = await serve(
    t,
    {
      "/t.T/Hold": (call) => {
        opened.resolve(call);
        return { message() {}, close: () => closed.resolve(call.peer) };
      },
    },
    { tls },
  );
  const stream = callBidi(grpcClient(t, address, asEnvoy()), "/t.T/Hold");
  const { peer } = await opened.promise;
  assert.equal(peer.secure, true);
  assert.equal(peer.certificate()?.subject.CN, "envoy");
  stream.cancel();
  assert.equal((await closed.promise).certificate()?.subject.CN, "envoy");
});

test("a new server certificate is used by new connections, and open ones go on", async (t) => {
  const { address, server } = await serve(t, { "/t.T/Echo": echo }, { tls: serverPair });
  const before = callBidi(grpcClient(t, address, asAnyone()), "/t.T/Echo");
  before.write(Buffer.from("one"));
  await nextMessage(before);

  const next = issue(otherCa, "server", SERVER_NAMES);
  server.updateTls(next);
  const after = grpcClient(t, address, credentials.createSsl(otherCa.cert));
  assert.equal(String(await callUnary(after, "/t.T/Echo", Buffer.from("two"))), "two");
  const outdated = callUnary(grpcClient(t, address, asAnyone()), "/t.T/Echo", Buffer.alloc(0));
  await assert.rejects(outdated, { code: Code.UNAVAILABLE });

  before.write(Buffer.from("three"));
  assert.equal(String(await nextMessage(before)), "three");
  before.end();
  assert.equal((await statusOf(before)).code, Code.OK);
});

test("a new client CA lets in whom it signed and nobody else, the certificate stays", async (t) => {
  const tls = { ...serverPair, ca: ca.cert, requestCert: true };
  const { address, server } = await serve(t, { "/t.T/Who": whoAmI }, { tls });
  server.updateTls({ ca: otherCa.cert });
  const answer = await callUnary(grpcClient(t, address, asStranger()), "/t.T/Who", Buffer.alloc(0));
  assert.equal(String(answer), "URI:spiffe://other/envoy-1");
  const envoy = callUnary(grpcClient(t, address, asEnvoy()), "/t.T/Who", Buffer.alloc(0));
  await assert.rejects(envoy, { code: Code.UNAVAILABLE });
});

test("a server key that is not one is refused, and the old one stays in use", async (t) => {
  const { address, server } = await serve(t, { "/t.T/Echo": echo }, { tls: serverPair });
  assert.throws(() => server.updateTls({ key: "nonsense" }));
  server.updateTls({ minVersion: "TLSv1.3" });
  const client = grpcClient(t, address, asAnyone());
  assert.equal(String(await callUnary(client, "/t.T/Echo", Buffer.from("x"))), "x");
});

test("a client that does not offer HTTP/2 is cut off", async (t) => {
  const { address } = await serve(t, {}, { tls: serverPair });
  const socket = connectTls({ ...address, ca: ca.cert, ALPNProtocols: [] }).resume();
  await once(socket, "close");
  const old = connectTls({ ...address, ca: ca.cert, ALPNProtocols: ["http/1.1"] });
  await assert.rejects(once(old, "secureConnect"));
});

test("a TLS version below the least is refused", async (t) => {
  const { address } = await serve(t, {}, { tls: { ...serverPair, minVersion: "TLSv1.3" } });
  const socket = connectTls({ ...address, ca: ca.cert, ALPNProtocols: ["h2"], maxVersion: "TLSv1.2" });
  await assert.rejects(once(socket, "secureConnect"));
});

test("a resumed TLS session keeps the client's identity", async (t) => {
  const tls = { ...serverPair, ca: ca.cert, requestCert: true };
  const { address } = await serve(t, { "/t.T/Who": whoAmI }, { tls });
  const resume = async (ticket?: Buffer) => {
    const options = { ...address, ...envoyPair, ca: ca.cert, ALPNProtocols: ["h2"] };
    const socket = connectTls(ticket === undefined ? options : { ...options, session: ticket });
    const issued = once(socket, "session");
    await once(socket, "secureConnect");
    const session = connect("https://localhost", { createConnection: () => socket });
    t.after(() => session.destroy());
    const stream = rawCall(session, "/t.T/Who");
    stream.end(frame(""));
    assert.deepEqual((await responseOf(stream)).body, frame("URI:spiffe://test/envoy-1"));
    return { issued, resumed: socket.isSessionReused() };
  };
  const first = await resume();
  assert.equal(first.resumed, false);
  const [ticket] = await first.issued;
  assert.equal((await resume(ticket)).resumed, true);
});
