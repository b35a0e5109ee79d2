// Streams messages as Envoys do, each on a connection of its own; told what by its parent, it answers how it went.
import { once } from "node:events";
import { type ClientHttp2Stream, connect } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";

export interface MessageLoad {
  /** `HOST:PORT`. */
  readonly address: string;
  readonly method: string;
  /** Of each stream, in base64. */
  readonly firsts: readonly string[];
  readonly messages: readonly string[];
  readonly seconds: number;
  /** All streams together; as many as are taken, if it is left out. */
  readonly messagesPerSecond?: number | undefined;
}

export interface MessagesSent {
  /** Messages on streams that the server served to their end; first ones are not among them. */
  readonly messages: number;
  /** Streams that the server served, and so their first messages. */
  readonly streams: number;
  /** Messages that were due but not sent since the server did not read: an Envoy drops those, and counts them. */
  readonly heldBack: number;
  /** Streams that the server refused as UNAVAILABLE, and the messages on them. */
  readonly refused: number;
  readonly refusedMessages: number;
}

const tickMs = 5;
/** As long as a message may wait in the server, and a little more. */
const patienceMs = 40_000;

process.once("message", async (load: MessageLoad) => {
  process.send?.(await send(load));
  process.disconnect?.();
});

async function send(load: MessageLoad): Promise<MessagesSent> {
  const { messagesPerSecond } = load;
  const messages = load.messages.map((text) => toFrame(Buffer.from(text, "base64")));
  const streams = await Promise.all(load.firsts.map((first) => open(load, toFrame(Buffer.from(first, "base64")))));
  const beginMs = performance.now();
  const endMs = beginMs + load.seconds * 1000;
  let due = 0;
  let heldBack = 0;
  let next = 0;
  while (performance.now() < endMs) {
    if (messagesPerSecond === undefined) {
      for (const stream of streams) for (let left = 64; left > 0 && stream.send(messages); left--);
    } else {
      const wanted = ((performance.now() - beginMs) / 1000) * messagesPerSecond;
      for (; due < wanted; due++) if (streams[next++ % streams.length]?.send(messages) !== true) heldBack++;
    }
    await pause(tickMs);
  }
  const ends = await Promise.all(streams.map((stream) => stream.finish()));
  const served = ends.filter(({ refused }) => !refused);
  const sum = (of: typeof ends) => of.reduce((count, { messages }) => count + messages, 0);
  const refused = ends.filter((end) => end.refused);
  return {
    ...{ messages: sum(served), streams: served.length, heldBack },
    ...{ refused: refused.length, refusedMessages: sum(refused) },
  };
}

async function open({ address, method }: MessageLoad, first: Buffer) {
  const session = connect(`http://${address}`);
  await once(session, "remoteSettings");
  const headers = { ":method": "POST", ":path": method, "content-type": "application/grpc", te: "trailers" };
  const stream = session.request(headers);
  const status = statusOf(stream);
  stream.resume();
  stream.write(first);
  let count = 0;
  return {
    send(messages: readonly Buffer[]): boolean {
      if (stream.writableNeedDrain || stream.closed) return false;
      stream.write(messages[count++ % messages.length]);
      return true;
    },
    async finish() {
      if (!stream.closed) stream.end();
      const code = await Promise.race([status, pause(patienceMs, "no end", { ref: false })]);
      session.destroy();
      if (code !== "0" && code !== "14") throw new Error(`A stream ended with status ${code}`);
      return { refused: code === "14", messages: count };
    },
  };
}

/** The status by which the server ends a stream. */
function statusOf(stream: ClientHttp2Stream): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const event of ["response", "trailers"] as const) {
    stream.on(event, (headers) => {
      if (headers["grpc-status"] !== undefined) resolve(String(headers["grpc-status"]));
    });
  }
  stream.on("error", () => {}); // the closing says it
  stream.on("close", () => resolve(`of a reset: ${stream.rstCode}`));
  return promise;
}

function toFrame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
