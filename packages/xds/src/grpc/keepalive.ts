import { constants, type ServerHttp2Session } from "node:http2";
import { MAX_TIMER_MS } from "./timeout.ts";

export interface KeepaliveOptions {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly onDead: () => void;
}

/**
 * Asks a client that has been silent for `pingIntervalMs` whether it is still there, and calls `onDead` when it has not
 * answered within `pingTimeoutMs`: a connection cut without a word shows nothing else.
 */
export function keepAlive(session: ServerHttp2Session, options: KeepaliveOptions): void {
  const { pingIntervalMs, pingTimeoutMs, onDead } = options;
  if (pingIntervalMs > MAX_TIMER_MS) return;
  const socket = session.socket;
  let bytesRead = 0;
  let timer = setTimeout(check, pingIntervalMs).unref();
  session.once("close", () => clearTimeout(timer));

  function check(): void {
    if (session.destroyed) return;
    if (socket.bytesRead === bytesRead && session.ping(answered)) timer = setTimeout(onDead, pingTimeoutMs).unref();
    else rest();
  }

  function answered(): void {
    clearTimeout(timer);
    if (!session.destroyed) rest();
  }

  function rest(): void {
    bytesRead = socket.bytesRead;
    timer = setTimeout(check, pingIntervalMs).unref();
  }
}

export interface PingLimit {
  readonly maxPingsPerMinute: number;
  readonly onFlood: () => void;
}

/** Counts the PINGs of a client, each of which must be answered, and calls `onFlood` after sending it away for too many. */
export function limitPings(session: ServerHttp2Session, { maxPingsPerMinute, onFlood }: PingLimit): void {
  let windowStart = performance.now();
  let pings = 0;
  session.on("ping", () => {
    const now = performance.now();
    if (now - windowStart > 60_000) {
      windowStart = now;
      pings = 0;
    }
    if (++pings !== maxPingsPerMinute + 1) return;
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from("too_many_pings"));
    onFlood();
  });
}
