import { WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { Variant } from "@chancery/xds";
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type StatusObject,
} from "@grpc/grpc-js";

/** What a test says in a request; names are everything in SotW, and what is added in delta. */
export interface Says {
  readonly type?: string;
  readonly node?: string;
  readonly names?: readonly string[];
  readonly nonce?: string;
  readonly nack?: string;
}

/** A response, as far as tests look at it. */
export interface Heard {
  readonly version: string;
  readonly type: string;
  readonly nonce: string;
  /** Names of the resources, or how many there are where they have none on the outside (SotW). */
  readonly count: number;
  readonly bytes: Buffer;
}

/** A client of one stream of grpc-js, which tests talk through. */
export class TestStream {
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #variant: Variant;
  readonly #responses: Heard[] = [];
  readonly #waiting: ((heard: Heard) => void)[] = [];
  /** How the server ended the stream. */
  readonly status: Promise<StatusObject>;

  constructor(
    address: { readonly host: string; readonly port: number },
    method: string,
    headers: Readonly<Record<string, string>> = {},
    channelCredentials: ChannelCredentials = credentials.createInsecure(),
  ) {
    const options = { "grpc.use_local_subchannel_pool": 1, "grpc.ssl_target_name_override": "localhost" };
    this.#client = new Client(`${address.host}:${address.port}`, channelCredentials, options);
    const pass = (bytes: Buffer) => bytes;
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    this.#call = this.#client.makeBidiStreamRequest(method, pass, pass, metadata);
    this.#variant = /\/Delta\w+$/.test(method) ? "delta" : "sotw";
    this.#call.on("data", (bytes: Buffer) => this.#hear(readResponse(bytes)));
    this.#call.on("error", () => {}); // the status says it
    const { promise, resolve } = Promise.withResolvers<StatusObject>();
    this.#call.on("status", resolve);
    this.status = promise;
  }

  send(says: Says): void {
    this.#call.write(encodeRequest(this.#variant, says));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#call.write(Buffer.from(bytes));
  }

  /** The next response, in the order in which they came. */
  async next(): Promise<Heard> {
    const heard = this.#responses.shift();
    if (heard !== undefined) return heard;
    const { promise, resolve } = Promise.withResolvers<Heard>();
    this.#waiting.push(resolve);
    return promise;
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #hear(heard: Heard): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#responses.push(heard);
    else waiting(heard);
  }
}

const fields = {
  sotw: { node: 2, names: 3, type: 4, nonce: 5, error: 6 },
  delta: { node: 1, type: 2, names: 3, nonce: 6, error: 7 },
} as const;

function encodeRequest(variant: Variant, { type, node, names = [], nonce, nack }: Says): Buffer {
  const numbers = fields[variant];
  const writer = new WireWriter();
  const text = (field: number, value: string) => writer.tag(field, WireType.Bytes).string(value);
  if (node !== undefined) {
    const nodeBytes = new WireWriter().tag(1, WireType.Bytes).string(node).finish();
    writer.tag(numbers.node, WireType.Bytes).bytes(nodeBytes);
  }
  if (type !== undefined) text(numbers.type, type);
  for (const name of names) text(numbers.names, name);
  if (nonce !== undefined) text(numbers.nonce, nonce);
  if (nack !== undefined) {
    writer.tag(numbers.error, WireType.Bytes).bytes(new WireWriter().tag(2, WireType.Bytes).string(nack).finish());
  }
  return Buffer.from(writer.finish());
}

function readResponse(bytes: Buffer): Heard {
  const texts: Record<number, string> = {};
  let count = 0;
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    const field = tag >>> 3;
    if (field === 1 || field === 4 || field === 5) texts[field] = reader.string();
    else {
      if (field === 2) count++;
      reader.skip(tag);
    }
  }
  return { version: texts[1] ?? "", type: texts[4] ?? "", nonce: texts[5] ?? "", count, bytes };
}
