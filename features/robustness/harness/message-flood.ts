// Run by a crew: clients that send messages as fast as they are taken.
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { type Address, toGrpc } from "./xds-client.ts";

const sessions: ClientHttp2Session[] = [];

export interface MessageFlood {
  readonly method: string;
  /** Of each stream; as many streams are opened, each on a connection of its own. */
  readonly firsts: readonly Uint8Array[];
  /** Of which there is no end. */
  readonly message: Uint8Array;
}

/** Sends until the end. Resolves when all streams have begun. */
export async function flood(address: Address, { method, firsts, message }: MessageFlood): Promise<void> {
  const frame = toGrpc(message);
  const headers = { ":method": "POST", ":path": method, "content-type": "application/grpc", te: "trailers" };
  const begun = firsts.map(async (first) => {
    const session = connect(`http://${address.host}:${address.port}`);
    sessions.push(session);
    const stream = session.request(headers);
    for (const from of [session, stream]) from.on("error", () => {});
    // What is answered is read, and nothing is made of it.
    stream.resume();
    const response = once(stream, "response");
    stream.write(toGrpc(first));
    const send = () => {
      while (stream.write(frame));
      stream.once("drain", send);
    };
    send();
    await response;
  });
  await Promise.all(begun);
}

export function stop(): void {
  for (const session of sessions.splice(0)) session.destroy();
}
