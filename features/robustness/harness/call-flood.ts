// Run by a crew: clients that call one method over and over, as fast as they are answered. They are bare sockets, since
// clients that do more are slower than the server.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encodeHeaders, flags, preface, toH2Frame, types } from "./h2-frame.ts";
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
  const { connections, callsAtATime } = options;
  const [headers, body] = [encodeHeaders(options.method), toGrpc(options.request)];
  const ends = new Map<string, number>();
  let left = options.calls;
  const open = async () => {
    const socket = connect(address);
    await once(socket, "connect");
    let stream = -1;
    const ask = (count: number) => {
      const asked = Math.min(count, left);
      left -= asked;
      const frames = Array.from({ length: asked }, () => {
        stream += 2;
        return [
          toH2Frame(types.headers, flags.endHeaders, stream, headers),
          toH2Frame(types.data, flags.endStream, stream, body),
        ];
      });
      socket.write(Buffer.concat(frames.flat()));
      return asked;
    };
    socket.write(
      Buffer.concat([preface, toH2Frame(types.settings, 0, 0), toH2Frame(types.settings, flags.ack, 0), wideWindow]),
    );
    await answers(socket, ask(callsAtATime), (status) => {
      ends.set(status, (ends.get(status) ?? 0) + 1);
      return left > 0 ? ask(1) : 0;
    });
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, open));
  return ends;
}

const wideWindow = toH2Frame(types.windowUpdate, 0, 0, Buffer.from([0x7f, 0, 0, 0]));

/** Reads how calls end, `open` of them; `next` says how many more there are. */
async function answers(socket: Socket, open: number, next: (status: string) => number): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let calls = open;
  for await (const chunk of socket) {
    let bytes = Buffer.concat([rest, chunk]);
    socket.cork();
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const end = 9 + bytes.readUIntBE(0, 3);
      const status = statusIn(bytes.subarray(0, end));
      if (status !== undefined) calls += next(status) - 1;
      bytes = bytes.subarray(end);
    }
    socket.uncork();
    rest = bytes;
    if (calls === 0) return;
  }
}

/** The status in the last frame of a call; undefined if it is not the last. */
function statusIn(frame: Buffer): string | undefined {
  const isLast = frame[3] === types.headers && ((frame[4] ?? 0) & flags.endStream) !== 0;
  if (!isLast) return frame[3] === types.rstStream && frame.readUInt32BE(9) !== 0 ? "reset" : undefined;
  return /grpc-status.(\d+)/s.exec(frame.toString("latin1"))?.[1] ?? "reset";
}
