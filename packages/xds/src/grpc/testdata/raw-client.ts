import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type Settings,
} from "node:http2";
import type { TestContext } from "node:test";
import type { Address } from "../index.ts";

/** A bare HTTP/2 connection, for what a gRPC library would not do; it lives as long as the test. */
export async function rawClient(
  t: TestContext,
  { host, port }: Address,
  settings: Settings = {},
): Promise<ClientHttp2Session> {
  const session = connect(`http://${host}:${port}`, { settings });
  session.on("error", () => {});
  t.after(() => session.destroy());
  await once(session, "connect");
  return session;
}

/** Resolves once the server has read what the client answers to its settings. To be called when the session is new. */
export async function greeted(session: ClientHttp2Session): Promise<void> {
  await once(session, "remoteSettings");
  await new Promise((resolve) => session.ping(resolve));
}

export function rawCall(
  session: ClientHttp2Session,
  method: string,
  headers: OutgoingHttpHeaders = {},
): ClientHttp2Stream {
  const stream = session.request({
    ":method": "POST",
    ":path": method,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  stream.on("error", () => {});
  return stream;
}

/** One message on the wire. */
export function frame(payload: Uint8Array | string, compressedFlag = 0): Buffer {
  const bytes = Buffer.from(payload);
  const head = Buffer.alloc(5);
  head[0] = compressedFlag;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

export interface RawResponse {
  readonly headers: IncomingHttpHeaders;
  /** The trailing headers, or the only ones. */
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Everything the server sends on `stream` until it closes. */
export async function responseOf(stream: ClientHttp2Stream): Promise<RawResponse> {
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders | undefined;
  const chunks: Buffer[] = [];
  stream.on("response", (received) => {
    headers = received;
  });
  stream.on("trailers", (received) => {
    trailers = received;
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await closeOf(stream);
  return { headers, trailers: trailers ?? headers, body: Buffer.concat(chunks) };
}

/** Resolves when `stream` or connection is closed, with or without an error. */
export function closeOf(stream: ClientHttp2Stream | ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    stream.once("close", () => resolve());
  });
}
