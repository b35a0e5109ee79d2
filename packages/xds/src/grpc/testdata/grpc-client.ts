import { once } from "node:events";
import type { TestContext } from "node:test";
import {
  type CallOptions,
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type StatusObject,
} from "@grpc/grpc-js";
import type { Address } from "../index.ts";

export type Stream = ClientDuplexStream<Buffer, Buffer>;

const asIs = (bytes: Buffer): Buffer => bytes;

/** A grpc-js client for bytes that lives as long as the test. */
export function grpcClient(t: TestContext, { host, port }: Address, creds?: ChannelCredentials): Client {
  const client = new Client(`${host}:${port}`, creds ?? credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.ssl_target_name_override": "localhost",
  });
  t.after(() => client.close());
  return client;
}

export interface RequestOptions extends CallOptions {
  readonly metadata?: Metadata;
}

/** Rejects with the ServiceError of grpc-js. */
export function callUnary(
  client: Client,
  method: string,
  request: Buffer,
  options: RequestOptions = {},
): Promise<Buffer> {
  const { metadata = new Metadata(), ...rest } = options;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(method, asIs, asIs, request, metadata, rest, (error, response = Buffer.alloc(0)) => {
      if (error) reject(error);
      else resolve(response);
    });
  });
}

/** A stream in both directions; its end is told by {@link statusOf} alone. */
export function callBidi(client: Client, method: string, options: RequestOptions = {}): Stream {
  const { metadata = new Metadata(), ...rest } = options;
  const stream = client.makeBidiStreamRequest(method, asIs, asIs, metadata, rest);
  stream.on("error", () => {});
  return stream;
}

/** The next message. */
export async function nextMessage(stream: Stream): Promise<Buffer> {
  const [message]: Buffer[] = await once(stream, "data");
  return message ?? Buffer.alloc(0);
}

/** Everything the server sends, and how the call ended. */
export function collect(stream: Stream): Promise<{ messages: Buffer[]; status: StatusObject }> {
  const messages: Buffer[] = [];
  stream.on("data", (message: Buffer) => messages.push(message));
  return new Promise((resolve) => {
    stream.once("status", (status) => resolve({ messages, status }));
  });
}

/** How the call ended. */
export async function statusOf(stream: Stream): Promise<StatusObject> {
  return (await collect(stream)).status;
}
