import { once } from "node:events";
import { encodeJson } from "@chancery/envoy-api";
import { Client, credentials, type StatusObject } from "@grpc/grpc-js";

/** A stream of grpc-js to one of the services beside xDS. */
export interface ServiceStream {
  /** Sends a message of the method's type, written as proto3 JSON. */
  send(message: object): void;
  /** The next message of the server. */
  next(): Promise<Buffer>;
  /** Says that no more messages come; resolves with how the server ended the stream. */
  end(): Promise<StatusObject>;
  close(): void;
}

/** Opens a stream; `address` is `HOST:PORT`, `type` the name of the messages that are sent. */
export function openServiceStream(address: string, method: string, type: string): ServiceStream {
  const client = new Client(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const asIs = (bytes: Buffer) => bytes;
  const call = client.makeBidiStreamRequest(method, asIs, asIs);
  call.on("error", () => {}); // the status says it
  const { promise: ended, resolve } = Promise.withResolvers<StatusObject>();
  call.on("status", resolve);
  return {
    send(message) {
      const encoded = encodeJson(type, message, { validate: false });
      if (!encoded.ok) throw new TypeError(`Cannot send this as ${type}: ${JSON.stringify(encoded.problems)}`);
      call.write(Buffer.from(encoded.bytes));
    },
    async next() {
      const [bytes] = await once(call, "data");
      return bytes;
    },
    async end() {
      call.end();
      call.resume();
      const status = await ended;
      client.close();
      return status;
    },
    close() {
      call.cancel();
      client.close();
    },
  };
}
