import type { Socket } from "node:net";
import { type Flood, type Headers, Session, type SessionOptions, type Stream } from "../http2/index.ts";
import type { Call } from "./call.ts";
import { Keepalive } from "./keepalive.ts";
import type { Limit } from "./limit.ts";
import type { Settings } from "./options.ts";
import { type Peer, toPeer } from "./peer.ts";
import { type ReadTurn, readTurns } from "./read-turns.ts";
import { Code, type Status } from "./status.ts";
import { MAX_TIMER_MS } from "./timeout.ts";

export interface ConnectionEvents {
  onStream(stream: Stream, headers: Headers, connection: Connection): void;
  /** The connection is closed because its client did not keep within a limit. */
  onDrop(limit: Limit): void;
  onClose(connection: Connection): void;
}

export type ConnectionOptions = Settings & SessionOptions;

/** How long the last trailers may take to leave before the socket is cut. */
const FLUSH_MS = 1_000;

const SHUTTING_DOWN: Status = { code: Code.UNAVAILABLE, message: "the server is closing the connection" };

/** One client connection, from the accepted socket (after TLS) to its close, and the calls on it. */
export class Connection {
  readonly peer: Peer;
  readonly calls = new Set<Call>();
  readonly turn: ReadTurn = readTurns.join(this);
  readonly #session: Session;
  readonly #settings: Settings;
  readonly #events: ConnectionEvents;
  readonly #keepalive: Keepalive;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #closed = Promise.withResolvers<void>();
  #used = false;

  constructor(socket: Socket, options: ConnectionOptions, events: ConnectionEvents) {
    this.#settings = options;
    this.#events = events;
    this.peer = toPeer(socket);
    this.#session = new Session(socket, options, this);
    this.#keepalive = new Keepalive(this.#session, options, () => this.#drop("pingTimeoutMs"));
    this.#after(options.handshakeTimeoutMs, this.#checkHandshake);
    this.#after(spread(options.maxConnectionAgeMs), this.#retire);
  }

  /** Sends the client away (GOAWAY); calls may go on for `graceMs`, then they end as UNAVAILABLE. */
  drain(graceMs: number): void {
    if (this.#session.closed) return;
    this.#session.drain();
    this.#after(graceMs, () => {
      for (const call of this.calls) call.abort(SHUTTING_DOWN);
      this.#after(FLUSH_MS, () => this.destroy());
    });
  }

  /** Cuts the connection at once. */
  destroy(): void {
    this.#session.destroy();
  }

  whenClosed(): Promise<void> {
    return this.#closed.promise;
  }

  get hasUnread(): boolean {
    return this.#session.hasUnread;
  }

  stopReading(): void {
    this.#session.pause();
  }

  resumeReading(): void {
    this.#session.resume();
  }

  onStream(stream: Stream, headers: Headers): void {
    this.#used = true;
    this.#events.onStream(stream, headers, this);
  }

  onFlood(limit: Flood): void {
    this.#events.onDrop(limit);
  }

  onClose(): void {
    this.#keepalive.stop();
    readTurns.leave(this.turn);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#events.onClose(this);
    this.#closed.resolve();
  }

  /** A client that speaks HTTP/2 has acknowledged our settings by now. */
  readonly #checkHandshake = (): void => {
    if (!this.#session.established) this.#drop("handshakeTimeoutMs");
    else if (!this.#used) this.#after(this.#settings.firstCallTimeoutMs, this.#checkUse);
  };

  readonly #checkUse = (): void => {
    if (!this.#used) this.#drop("firstCallTimeoutMs");
  };

  readonly #retire = (): void => {
    this.drain(this.#settings.maxConnectionAgeGraceMs);
  };

  #drop(limit: Limit): void {
    if (this.#session.closed) return;
    this.#events.onDrop(limit);
    this.destroy();
  }

  /** A timer that ends with the connection; none when `ms` is too long to matter. */
  #after(ms: number, action: () => void): void {
    if (ms <= MAX_TIMER_MS) this.#timers.push(setTimeout(action, ms).unref());
  }
}

/** Up to a tenth more or less, so that clients that came together do not come back together. */
function spread(ms: number): number {
  return ms * (0.9 + 0.2 * Math.random());
}
