import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { frameOf, HEAD_BYTES, settings as toSettings } from "../frame.ts";
import { encodeHeaders } from "../hpack/encoder.ts";

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export const PREFACE: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** The block of a request that is well formed, with what `more` adds to it. */
export function request(...more: [name: string, value: string][]): Buffer {
  return encodeHeaders([[":method", "POST"], [":scheme", "http"], [":path", "/"], [":authority", "test"], ...more]);
}

/** HEADERS of a request; it has no body if `flags` say END_STREAM. */
export function headers(streamId: number, { flags = 4, block = request() } = {}): Buffer {
  return frameOf(1, flags, streamId, block);
}

export function data(streamId: number, bytes: string | Uint8Array, flags = 0): Buffer {
  return frameOf(0, flags, streamId, Buffer.from(bytes));
}

/** A client that says what it is told and no more, and keeps what it hears. */
export class Peer {
  readonly frames: Frame[] = [];
  readonly socket: Socket;
  closed = false;
  #rest: Buffer = Buffer.alloc(0);
  #heard = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#read(chunk);
      this.#wake();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      this.#wake();
    });
  }

  say(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** The first frame that is so, of those that came and those to come; undefined if the connection is closed before. */
  async find(is: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (;;) {
      const found = this.frames.find(is);
      if (found !== undefined || this.closed) return found;
      await this.#heard.promise;
    }
  }

  /** Resolves when the server has read all that was said: it has answered a ping. */
  async heard(): Promise<void> {
    const payload = Buffer.from(`${process.hrtime.bigint()}`.slice(-8));
    this.say(frameOf(6, 0, 0, payload));
    await this.find(({ type, flags, payload: answer }) => type === 6 && flags === 1 && answer.equals(payload));
  }

  async whenClosed(): Promise<void> {
    while (!this.closed) await this.#heard.promise;
  }

  /** What came in the DATA frames of a stream. */
  body(streamId: number): Buffer {
    return Buffer.concat(
      this.frames.filter((frame) => frame.type === 0 && frame.streamId === streamId).map(({ payload }) => payload),
    );
  }

  #wake(): void {
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
  }

  #read(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= HEAD_BYTES && bytes.length >= HEAD_BYTES + bytes.readUIntBE(0, 3)) {
      const end = HEAD_BYTES + bytes.readUIntBE(0, 3);
      const payload = bytes.subarray(HEAD_BYTES, end);
      this.frames.push({ type: bytes[3] ?? 0, flags: bytes[4] ?? 0, streamId: bytes.readUInt32BE(5), payload });
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }
}

/** Connects; with `settings`, the preface and those are said. */
export async function peer(
  t: TestContext,
  port: number,
  settings?: readonly (readonly [id: number, value: number])[],
): Promise<Peer> {
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  const client = new Peer(socket);
  await once(socket, "connect");
  if (settings !== undefined) client.say(PREFACE, toSettings(settings), frameOf(4, 1, 0, Buffer.alloc(0)));
  return client;
}
