import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";

const WINDOW_MS = 60_000;

/**
 * Counts the streams that a client resets as soon as it has opened them, each of which costs a call and holds up others,
 * and calls `onFlood` when there are more than `maxRapidResetsPerMinute`. Many old streams may be reset at once.
 *
 * https://nvd.nist.gov/vuln/detail/CVE-2023-44487
 */
export function limitRapidResets(
  session: ServerHttp2Session,
  maxRapidResetsPerMinute: number,
  onFlood: () => void,
): void {
  let windowEnd = 0;
  let resets = 0;
  const count = () => {
    const now = Date.now();
    if (now > windowEnd) {
      windowEnd = now + WINDOW_MS;
      resets = 0;
    }
    if (++resets === maxRapidResetsPerMinute + 1) onFlood();
  };
  session.on("stream", (stream: ServerHttp2Stream) => {
    const opened = currentTurn();
    stream.on("close", () => {
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR && currentTurn() === opened) count();
    });
  });
}

let turn = 0;
let isTurning = false;

/** A number that stays the same while what one read of the socket brought is worked off. */
function currentTurn(): number {
  if (!isTurning) {
    isTurning = true;
    setImmediate(() => {
      isTurning = false;
      turn++;
    });
  }
  return turn;
}
