import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { TestContext } from "node:test";
import { encodeHeaders } from "../hpack/encoder.ts";
import { type Flood, type Headers, Session, type SessionOptions, type Stream, Turns } from "../index.ts";

const OK = encodeHeaders([[":status", "200"]]);
const NOTHING = new Uint8Array(0);
const TRAILERS = encodeHeaders([["served", "yes"]]);

export interface Served {
  readonly port: number;
  readonly sessions: ReadonlySet<Session>;
  readonly floods: readonly Flood[];
}

/** Answers a request: what it is given is called with each one. */
export type Answer = (stream: Stream, headers: Headers) => void;

/** Sends back what comes, and then trailers. */
export const echo: Answer = (stream) => {
  stream.serve({
    received: (chunk) => stream.write(chunk.length, NOTHING, [chunk]),
    receivedAll: () => stream.end(TRAILERS),
    drained() {},
    closed() {},
  });
  stream.respond(OK);
  stream.resume();
};

/** Sends `bytes` at once, whatever the request is. */
export function answerWith(bytes: number): Answer {
  return (stream) => {
    stream.respond(OK);
    stream.write(bytes, NOTHING, [Buffer.alloc(bytes, "a")]);
    stream.end(TRAILERS);
  };
}

/** The same once the request is there. */
export function answerEndWith(bytes: number): Answer {
  return (stream, headers) => {
    const receivedAll = () => answerWith(bytes)(stream, headers);
    stream.serve({ received() {}, receivedAll, drained() {}, closed() {} });
    stream.resume();
  };
}

export const defaults: Omit<SessionOptions, "turns"> = {
  maxWriteBytes: 1 << 20,
  maxConcurrentStreams: 100,
  streamWindowBytes: 1 << 20,
  connectionWindowBytes: 8 << 20,
  maxHeaderListBytes: 64 << 10,
  maxSessionMemoryBytes: 256 << 20,
  maxPingsPerMinute: 6_000,
  maxRapidResetsPerMinute: 1_000,
  maxIdleFramesPerMinute: 6_000,
};

/** A server on a free port of the loopback that lives as long as the test. */
export async function serve(t: TestContext, answer: Answer, options: Partial<SessionOptions> = {}): Promise<Served> {
  const sessions = new Set<Session>();
  const floods: Flood[] = [];
  const turns = new Turns(8 << 20);
  const server = createServer({ noDelay: true }, (socket) => {
    const session: Session = new Session(
      socket,
      { ...defaults, turns, ...options },
      {
        onStream: (stream, headers) => answer(stream, headers),
        onFlood: (limit) => floods.push(limit),
        onClose: () => sessions.delete(session),
      },
    );
    sessions.add(session);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  // It listens on TCP.
  return { port: (server.address() as AddressInfo).port, sessions, floods };
}
