import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { MAX_TIMER_MS } from "./timeout.ts";

export interface KeepaliveOptions {
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

/**
 * Asks a client that has been silent for `pingIntervalMs` whether it is still there, and calls `onDead` when it has not
 * answered within `pingTimeoutMs`: a connection cut without a word shows nothing else.
 */
export class Keepalive {
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #options: KeepaliveOptions;
  readonly #onDead: () => void;
  #bytesRead = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(session: ServerHttp2Session, socket: Socket, options: KeepaliveOptions, onDead: () => void) {
    this.#session = session;
    this.#socket = socket;
    this.#options = options;
    this.#onDead = onDead;
    this.#rest();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #rest(): void {
    const { pingIntervalMs } = this.#options;
    this.#bytesRead = this.#socket.bytesRead;
    if (pingIntervalMs <= MAX_TIMER_MS) this.#timer = setTimeout(check, pingIntervalMs, this).unref();
  }

  /** Called by its timer. */
  check(): void {
    if (this.#session.destroyed) return;
    const silent = this.#socket.bytesRead === this.#bytesRead;
    if (silent && this.#session.ping(() => this.#answered())) {
      this.#timer = setTimeout(this.#onDead, Math.min(this.#options.pingTimeoutMs, MAX_TIMER_MS)).unref();
    } else {
      this.#rest();
    }
  }

  #answered(): void {
    this.stop();
    if (!this.#session.destroyed) this.#rest();
  }
}

/** One function for all timers: a fleet is thousands of connections. */
function check(keepalive: Keepalive): void {
  keepalive.check();
}
