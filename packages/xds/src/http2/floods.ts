import { ConnectionError, ErrorCode } from "./codes.ts";

/** The limits that end a connection when its client goes beyond them. */
export type Flood = "maxPingsPerMinute" | "maxRapidResetsPerMinute" | "maxIdleFramesPerMinute";

const WINDOW_MS = 60_000;

/** Counts what costs something and moves nothing. */
export class Floods {
  readonly #limits: Readonly<Record<Flood, number>>;
  readonly #onFlood: (limit: Flood) => void;
  /** Made when there is one. */
  #counts: Map<Flood, number> | undefined;
  #endMs = 0;

  constructor(limits: Readonly<Record<Flood, number>>, onFlood: (limit: Flood) => void) {
    this.#limits = limits;
    this.#onFlood = onFlood;
  }

  /** Counts one more; throws, once that is told, when it is one too many. */
  count(limit: Flood): void {
    const now = Date.now();
    if (now > this.#endMs) {
      this.#endMs = now + WINDOW_MS;
      this.#counts?.clear();
    }
    this.#counts ??= new Map();
    const count = (this.#counts.get(limit) ?? 0) + 1;
    this.#counts.set(limit, count);
    if (count <= this.#limits[limit]) return;
    this.#onFlood(limit);
    throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, limit === "maxPingsPerMinute" ? "too_many_pings" : limit);
  }
}
