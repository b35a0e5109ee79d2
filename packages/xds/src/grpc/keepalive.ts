import type { Session } from "../http2/index.ts";
import { MAX_TIMER_MS } from "./timeout.ts";

export interface KeepaliveOptions {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

/** Who wants to know that a client is gone. */
export interface Mourner {
  onDead(): void;
}

/**
 * Asks a client that has been silent for `pingIntervalMs` whether it is still there, and tells when it has not answered
 * within `pingTimeoutMs`: a connection cut without a word shows nothing else.
 */
export class Keepalive {
  readonly #session: Session;
  readonly #options: KeepaliveOptions;
  readonly #mourner: Mourner;
  #bytesRead = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(session: Session, options: KeepaliveOptions, mourner: Mourner) {
    this.#session = session;
    this.#options = options;
    this.#mourner = mourner;
    this.#rest();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #rest(): void {
    const { pingIntervalMs } = this.#options;
    this.#bytesRead = this.#session.bytesRead;
    if (pingIntervalMs <= MAX_TIMER_MS) this.#timer = setTimeout(check, pingIntervalMs, this).unref();
  }

  /** Called by its timer. */
  check(): void {
    if (this.#session.closed) return;
    if (this.#session.bytesRead === this.#bytesRead) {
      this.#session.ping(() => this.#answered());
      this.#timer = setTimeout(tellDead, Math.min(this.#options.pingTimeoutMs, MAX_TIMER_MS), this.#mourner).unref();
    } else {
      this.#rest();
    }
  }

  #answered(): void {
    this.stop();
    if (!this.#session.closed) this.#rest();
  }
}

/** One function for all timers: a fleet is thousands of connections. */
function check(keepalive: Keepalive): void {
  keepalive.check();
}

function tellDead(mourner: Mourner): void {
  mourner.onDead();
}
