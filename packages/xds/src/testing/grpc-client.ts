import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import { MessageDecoder } from "../grpc/decoder.ts";
import { packMessage } from "../grpc/frame.ts";
import { Code, toFrame } from "../grpc/index.ts";
import type { Address } from "../grpc/listener.ts";
import type { Ended } from "./counterpart.ts";

/** Speaks gRPC to a server over one HTTP/2 connection without TLS: as much of it as streams of bytes need. */
export class GrpcClient {
  readonly #session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.#session = session;
  }

  /** Rejects when nothing listens there, or within 5 s nothing that speaks HTTP/2 answers. */
  static async connect({ host, port }: Address): Promise<GrpcClient> {
    const session = connect(`http://${host.includes(":") ? `[${host}]` : host}:${port}`);
    await once(session, "remoteSettings", { signal: AbortSignal.timeout(connectTimeoutMs) });
    // From here on its streams say what goes wrong.
    session.on("error", () => {});
    return new GrpcClient(session);
  }

  /** Begins a call of a method such as `/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources`. */
  open(method: string): GrpcClientStream {
    const headers = { ":method": "POST", ":path": method, "content-type": "application/grpc", te: "trailers" };
    return new GrpcClientStream(this.#session.request(headers));
  }

  /** Resolves when the server has read everything that was sent before. SETTINGS, for some servers count a PING an attack. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#session.settings({}, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  close(): void {
    this.#session.destroy();
  }
}

/** One call: messages both ways until either side ends it. */
export class GrpcClientStream {
  ended: Ended | undefined;
  readonly #stream: ClientHttp2Stream;
  readonly #decoder = new MessageDecoder(maxMessageBytes);
  readonly #messages: Uint8Array[] = [];
  #wake: () => void = () => {};

  constructor(stream: ClientHttp2Stream) {
    this.#stream = stream;
    stream.on("response", (headers) => this.#noteStatus(headers));
    stream.on("trailers", (headers) => this.#noteStatus(headers));
    stream.on("data", (chunk: Buffer) => this.#read(chunk));
    // What went wrong is told by the closing that follows.
    stream.on("error", () => {});
    stream.on("close", () => {
      this.ended ??= { code: "UNAVAILABLE", message: `the stream was reset (${stream.rstCode})` };
      this.#wake();
    });
  }

  send(message: Uint8Array): void {
    if (!this.#stream.closed) this.#stream.write(packMessage(toFrame(message), undefined));
  }

  /** The next message, or the end; undefined if neither comes within `timeoutMs`. */
  async next(timeoutMs: number): Promise<Uint8Array | Ended | undefined> {
    const arrived = this.#messages.shift() ?? this.ended;
    if (arrived !== undefined) return arrived;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
    return this.#messages.shift() ?? this.ended;
  }

  close(): void {
    this.#stream.close();
  }

  #noteStatus(headers: IncomingHttpHeaders): void {
    const status = headers["grpc-status"];
    if (status === undefined) return;
    const code = Object.entries(Code).find(([, number]) => number === Number(status))?.[0] ?? `status ${status}`;
    this.ended = { code, message: decodeURIComponent(String(headers["grpc-message"] ?? "")) };
    this.#wake();
  }

  #read(chunk: Buffer): void {
    this.#decoder.push(chunk);
    for (let message = this.#decoder.next(); message !== undefined; message = this.#decoder.next()) {
      this.#messages.push(message.bytes);
    }
    this.#wake();
  }
}

const connectTimeoutMs = 5_000;
const maxMessageBytes = 64 * 1024 * 1024;
