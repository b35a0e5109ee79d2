import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { WireReader } from "@chancery/envoy-api/wire";
import type { Variant } from "@chancery/xds";
import { encodeRequest, type RequestFields } from "./encode-request.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export const clusterType = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

const methods = {
  sotw: "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources",
  delta: "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources",
};

export interface XdsClientOptions {
  readonly node: string;
  readonly variant: Variant;
  /** Told of the version of each response, after it was answered. */
  readonly onVersion: (version: string) => void;
  /** Told when the connection or its stream ends, unless `close` was called. */
  readonly onLost: () => void;
}

/** An honest client on a connection of its own: asks for all clusters and ACKs what it gets. */
export class XdsClient {
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;
  readonly #options: XdsClientOptions;
  #buffered: Buffer = Buffer.alloc(0);
  #closed = false;

  constructor({ host, port }: Address, options: XdsClientOptions) {
    const { node, variant } = options;
    this.#options = options;
    this.#session = connect(`http://${host}:${port}`, { settings: { initialWindowSize: 1 << 20 } });
    this.#session.on("error", () => {});
    this.#session.on("close", this.#lost);
    const path = methods[variant];
    const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
    this.#stream = this.#session.request(headers);
    this.#stream.on("error", () => {});
    this.#stream.on("close", this.#lost);
    this.#stream.on("data", (chunk: Buffer) => this.#read(chunk));
    this.send({ node, typeUrl: clusterType, names: ["*"] });
  }

  send(fields: RequestFields): void {
    this.#stream.write(toGrpc(encodeRequest(this.#options.variant, fields)));
  }

  close(): void {
    this.#closed = true;
    this.#session.destroy();
  }

  readonly #lost = (): void => {
    if (!this.#closed) this.#options.onLost();
    this.#closed = true;
  };

  #read(chunk: Buffer): void {
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    while (this.#buffered.length >= 5) {
      const end = 5 + this.#buffered.readUInt32BE(1);
      if (this.#buffered.length < end) break;
      this.#answer(this.#buffered.subarray(5, end));
      this.#buffered = this.#buffered.subarray(end);
    }
  }

  #answer(response: Buffer): void {
    const { version, nonce } = readResponse(response);
    const names = this.#options.variant === "sotw" ? ["*"] : [];
    this.send({ typeUrl: clusterType, nonce, version, names });
    this.#options.onVersion(version);
  }
}

/** One message of gRPC. */
export function toGrpc(message: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Version and nonce have the same numbers in both variants. */
function readResponse(bytes: Buffer): { readonly version: string; readonly nonce: string } {
  let version = "";
  let nonce = "";
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag >>> 3 === 1) version = reader.string();
    else if (tag >>> 3 === 5) nonce = reader.string();
    else reader.skip(tag);
  }
  return { version, nonce };
}
