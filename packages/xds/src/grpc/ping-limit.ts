import { constants, type ServerHttp2Session } from "node:http2";

const WINDOW_MS = 60_000;

/**
 * Counts the PINGs of a client, each of which costs an answer, and calls `onFlood` after telling it off (GOAWAY with
 * ENHANCE_YOUR_CALM) when there are more than `maxPingsPerMinute`.
 *
 * https://github.com/grpc/grpc/blob/master/doc/keepalive.md
 */
export function limitPings(session: ServerHttp2Session, maxPingsPerMinute: number, onFlood: () => void): void {
  let windowEnd = 0;
  let pings = 0;
  session.on("ping", () => {
    const now = Date.now();
    if (now > windowEnd) {
      windowEnd = now + WINDOW_MS;
      pings = 0;
    }
    pings++;
    if (pings !== maxPingsPerMinute + 1) return;
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from("too_many_pings"));
    onFlood();
  });
}
