import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { type TestContext, test } from "node:test";
import { type Admission, Code, type GrpcServerOptions, unary } from "./index.ts";
import { issue, makeCa } from "./testdata/certificates.ts";
import { frame, rawCall, rawClient, responseOf } from "./testdata/raw-client.ts";
import { echo, serve } from "./testdata/serve.ts";

const connectionCount = 16;
const callsAtATime = 5;
const calls = 1_200;

test("a call that is refused on admission is told so in trailers only, is no call, and is never read", async (t) => {
  const waits: number[] = [];
  const admission: Admission = {
    admit(waitedMs) {
      waits.push(waitedMs);
      return { code: Code.UNAVAILABLE, message: "too many" };
    },
  };
  const { server, address } = await serve(t, {});
  server.handle("/t.T/Ask", () => assert.fail("it was opened"), { admission });
  const stream = rawCall(await rawClient(t, address), "/t.T/Ask");
  stream.end(frame("hi"));
  const { headers, trailers } = await responseOf(stream);
  assert.equal(headers, trailers);
  assert.equal(headers["grpc-status"], "14");
  assert.equal(headers["grpc-message"], "too many");
  assert.deepEqual(waits, [0]);
  assert.partialDeepStrictEqual(server.stats, { refused: 1, calls: 0, messagesIn: 0 });
  assert.deepEqual(server.stats.callsEnded, new Map());
});

test("a flood of calls that can wait is answered to the last, a little at a time between what others ask", async (t) => {
  await flood(t);
});

test("over TLS too", async (t) => {
  const ca = makeCa("test CA");
  await flood(t, { tls: issue(ca, "server", "DNS:localhost,IP:127.0.0.1") });
});

/** Counts what is answered of a flood between the messages of a stream, which are echoed. */
async function flood(t: TestContext, options: GrpcServerOptions = {}): Promise<void> {
  let waited = 0;
  const admission: Admission = {
    admit(waitedMs) {
      if (waitedMs > 0) waited++;
      return undefined;
    },
  };
  const { server, address } = await serve(t, { "/t.T/Echo": echo }, options);
  const ask = unary((bytes) => {
    spend(0.2);
    return bytes;
  });
  server.handle("/t.T/Ask", ask, { admission });
  const open = async () => {
    const session = connect(`${options.tls ? "https" : "http"}://127.0.0.1:${address.port}`, {
      rejectUnauthorized: false,
    });
    t.after(() => session.destroy());
    await once(session, "remoteSettings");
    return session;
  };
  const sessions = await Promise.all(Array.from({ length: connectionCount }, open));
  const echoed = rawCall(await open(), "/t.T/Echo");
  echoed.write(frame("0"));
  await once(echoed, "data");

  let asked = 0;
  let answered = 0;
  const statuses = new Set<unknown>();
  const askAgain = async (session: ClientHttp2Session) => {
    while (asked++ < calls) {
      const stream = rawCall(session, "/t.T/Ask");
      stream.end(frame("hi"));
      statuses.add((await responseOf(stream)).trailers["grpc-status"]);
      answered++;
    }
  };
  const all = Promise.all(sessions.flatMap((session) => Array.from({ length: callsAtATime }, () => askAgain(session))));
  let echoes = 0;
  while (answered < calls) {
    echoed.write(frame("again"));
    await once(echoed, "data");
    echoes++;
  }
  await all;
  assert.deepEqual([...statuses], ["0"]);
  // Without turns, all that are under way are answered between two echoes.
  assert(echoes > calls / (connectionCount * callsAtATime), `${echoes} echoes beside ${calls} calls`);
  assert(waited > 0, "no connection had to wait for its turn");
}

function spend(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
