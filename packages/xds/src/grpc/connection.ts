import type { Socket } from "node:net";
import { type Flood, type Headers, Session, type SessionOptions, type Stream } from "../http2/index.ts";
import { Keepalive } from "./keepalive.ts";
import type { Limit } from "./limit.ts";
import type { Settings } from "./options.ts";
import { type Peer, SocketPeer } from "./peer.ts";
import { type ReadTurn, readTurns } from "./read-turns.ts";
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

/** One client connection, from the accepted socket (after TLS) to its close, and the calls on it. */
export class Connection {
  readonly peer: Peer;
  readonly turn: ReadTurn = readTurns.join(this);
  readonly #session: Session;
  readonly #settings: Settings;
  readonly #events: ConnectionEvents;
  readonly #keepalive: Keepalive;
  /** For what the client has to do next, or else is cut. */
  #patience: NodeJS.Timeout | undefined;
  #age: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #closed: PromiseWithResolvers<void> | undefined;
  #used = false;

  constructor(socket: Socket, options: ConnectionOptions, events: ConnectionEvents) {
    this.#settings = options;
    this.#events = events;
    this.peer = new SocketPeer(socket);
    this.#session = new Session(socket, options, this);
    this.#keepalive = new Keepalive(this.#session, options, this);
    this.#patience = startTimer(options.handshakeTimeoutMs, checkHandshake, this);
    this.#age = startTimer(spread(options.maxConnectionAgeMs), retire, this);
  }

  /** Sends the client away (GOAWAY); calls may go on for `graceMs`, then they end as UNAVAILABLE. */
  drain(graceMs: number): void {
    if (this.#session.closed) return;
    this.#session.drain();
    this.#grace = startTimer(graceMs, endCalls, this);
  }

  /** The time of grace is over. */
  endCalls(): void {
    this.#session.cutShort();
    this.#grace = startTimer(FLUSH_MS, destroy, this);
  }

  /** Cuts the connection at once. */
  destroy(): void {
    this.#session.destroy();
  }

  async whenClosed(): Promise<void> {
    if (this.#session.closed) return;
    this.#closed ??= Promise.withResolvers();
    await this.#closed.promise;
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
    this.#noteUse();
    this.#events.onStream(stream, headers, this);
  }

  onFlood(limit: Flood): void {
    this.#events.onDrop(limit);
  }

  onClose(): void {
    this.#keepalive.stop();
    readTurns.leave(this.turn);
    clearTimeout(this.#patience);
    clearTimeout(this.#age);
    clearTimeout(this.#grace);
    this.#events.onClose(this);
    this.#closed?.resolve();
  }

  onDead(): void {
    this.#drop("pingTimeoutMs");
  }

  /** A client that speaks HTTP/2 has acknowledged our settings by now. */
  checkHandshake(): void {
    if (!this.#session.established) this.#drop("handshakeTimeoutMs");
    else if (!this.#used) this.#patience = startTimer(this.#settings.firstCallTimeoutMs, checkUse, this);
  }

  checkUse(): void {
    if (!this.#used) this.#drop("firstCallTimeoutMs");
  }

  retire(): void {
    this.drain(this.#settings.maxConnectionAgeGraceMs);
  }

  /** The client has made a call: nothing more is expected of one that has acknowledged our settings, too. */
  #noteUse(): void {
    if (this.#used) return;
    this.#used = true;
    if (!this.#session.established) return;
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }

  #drop(limit: Limit): void {
    if (this.#session.closed) return;
    this.#events.onDrop(limit);
    this.destroy();
  }
}

// One function for all timers, each: a fleet is thousands of connections.

function checkHandshake(connection: Connection): void {
  connection.checkHandshake();
}

function checkUse(connection: Connection): void {
  connection.checkUse();
}

function retire(connection: Connection): void {
  connection.retire();
}

function endCalls(connection: Connection): void {
  connection.endCalls();
}

function destroy(connection: Connection): void {
  connection.destroy();
}

/** None when `ms` is too long to matter. */
function startTimer(ms: number, act: (connection: Connection) => void, of: Connection): NodeJS.Timeout | undefined {
  return ms <= MAX_TIMER_MS ? setTimeout(act, ms, of).unref() : undefined;
}

/** Up to a tenth more or less, so that clients that came together do not come back together. */
function spread(ms: number): number {
  return ms * (0.9 + 0.2 * Math.random());
}
