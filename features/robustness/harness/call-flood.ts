// Run by a crew: clients that call one method over and over, as fast as they are answered.
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { type Address, toGrpc } from "./xds-client.ts";

export interface CallFlood {
  readonly method: string;
  readonly request: Uint8Array;
  readonly connections: number;
  /** On each connection. */
  readonly callsAtATime: number;
  /** In all. */
  readonly calls: number;
}

/** How often calls ended with each status of gRPC; `reset` are those without one. */
export async function flood(address: Address, options: CallFlood): Promise<ReadonlyMap<string, number>> {
  const { connections, callsAtATime, calls } = options;
  const sessions = Array.from({ length: connections }, () => connect(`http://${address.host}:${address.port}`));
  await Promise.all(sessions.map((session) => once(session, "remoteSettings")));
  const frame = toGrpc(options.request);
  const ends = new Map<string, number>();
  let begun = 0;
  const callAgain = async (session: ClientHttp2Session) => {
    while (begun++ < calls) {
      const status = await call(session, options.method, frame);
      ends.set(status, (ends.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(sessions.flatMap((session) => Array.from({ length: callsAtATime }, () => callAgain(session))));
  for (const session of sessions) session.destroy();
  return ends;
}

async function call(session: ClientHttp2Session, method: string, frame: Buffer): Promise<string> {
  const stream = session.request({ ":method": "POST", ":path": method, "content-type": "application/grpc" });
  const { promise, resolve } = Promise.withResolvers<void>();
  let status = "reset";
  for (const event of ["response", "trailers"] as const) {
    stream.on(event, (headers) => {
      status = String(headers["grpc-status"] ?? status);
    });
  }
  stream.on("error", () => {}); // the closing says it
  stream.on("close", resolve);
  stream.resume().end(frame);
  await promise;
  return status;
}
