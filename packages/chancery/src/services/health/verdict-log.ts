import type { Logger } from "../../logs.ts";
import type { Entry } from "./board.ts";
import { describeVerdict } from "./describe.ts";

/** So many lines are written in a row: of a storm there is a number. */
const maxLines = 100;

/** One line for each endpoint that turns healthy or unhealthy, as long as they are few. */
export class VerdictLog {
  readonly #log: Logger;
  #lines = 0;
  #left = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  write(entry: Entry): void {
    const { service, address, verdict, before } = entry;
    // That an endpoint is well from the start is nothing to tell.
    if (before === "unknown" && verdict === "healthy") return;
    if (this.#lines >= maxLines) {
      this.#left++;
      return;
    }
    this.#lines++;
    this.#log[verdict === "unhealthy" ? "warn" : "info"]({ service, address, verdict }, describeVerdict(entry));
  }

  /** Called from time to time: says how many were not written since, and begins anew. */
  next(): void {
    if (this.#left > 0) {
      const what = `${this.#left} more endpoints turned healthy or unhealthy: chancery health shows them`;
      this.#log.warn({ changes: this.#left }, what);
    }
    [this.#lines, this.#left] = [0, 0];
  }
}
