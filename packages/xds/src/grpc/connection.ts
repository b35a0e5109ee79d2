import {
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { Call } from "./call.ts";
import { Keepalive } from "./keepalive.ts";
import type { Limit } from "./limit.ts";
import type { Settings } from "./options.ts";
import { type Peer, toPeer } from "./peer.ts";
import { limitPings } from "./ping-limit.ts";
import { type ReadTurn, readTurns } from "./read-turns.ts";
import { limitRapidResets } from "./reset-limit.ts";
import { Code, type Status } from "./status.ts";
import { MAX_TIMER_MS } from "./timeout.ts";

export interface ConnectionEvents {
  onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, connection: Connection): void;
  /** The connection is closed because its client did not keep within a limit. */
  onDrop(limit: Limit): void;
  onClose(connection: Connection): void;
}

/** How long the last trailers may take to leave before the socket is cut. */
const FLUSH_MS = 1_000;

const SHUTTING_DOWN: Status = { code: Code.UNAVAILABLE, message: "the server is closing the connection" };

/** One client connection, from the accepted socket (after TLS) to its close, and the calls on it. */
export class Connection {
  readonly peer: Peer;
  readonly calls = new Set<Call>();
  readonly turn: ReadTurn = readTurns.join(this);
  readonly #socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #settings: Settings;
  readonly #events: ConnectionEvents;
  readonly #keepalive: Keepalive;
  readonly #timers: NodeJS.Timeout[] = [];
  #used = false;

  constructor(socket: Socket, settings: Settings, events: ConnectionEvents) {
    this.#socket = socket;
    this.#settings = settings;
    this.#events = events;
    this.#session = performServerHandshake(socket, settings.session);
    this.peer = toPeer(this.#session);
    // What went wrong is told by the closing that follows.
    this.#session.on("error", () => {});
    this.#session.on("close", this.#close);
    this.#session.on("stream", this.#accept);
    this.#session.setLocalWindowSize(settings.connectionWindowBytes);

    this.#keepalive = new Keepalive(this.#session, socket, settings, () => this.#drop("pingTimeoutMs"));
    limitPings(this.#session, settings.maxPingsPerMinute, this.#dismiss);
    limitRapidResets(this.#session, settings.maxRapidResetsPerMinute, () => this.#drop("maxRapidResetsPerMinute"));
    this.#after(settings.handshakeTimeoutMs, this.#checkHandshake);
    this.#after(spread(settings.maxConnectionAgeMs), this.#retire);
  }

  /** Sends the client away (GOAWAY); calls may go on for `graceMs`, then they end as UNAVAILABLE. */
  drain(graceMs: number): void {
    if (this.#session.destroyed) return;
    this.#session.close();
    this.#after(graceMs, () => {
      for (const call of this.calls) call.abort(SHUTTING_DOWN);
      this.#after(FLUSH_MS, () => this.destroy());
    });
  }

  /** Cuts the connection at once: the session alone would wait for a client that may be gone. */
  destroy(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }

  whenClosed(): Promise<void> {
    return new Promise((resolve) => {
      this.#session.on("close", resolve);
    });
  }

  stopReading(): void {
    this.#handle?.readStop();
  }

  resumeReading(): void {
    this.#handle?.readStart();
  }

  /** Beneath the session, which has no way to be told; gone when the socket is closed. */
  get #handle(): { readStop(): void; readStart(): void } | null | undefined {
    return (this.#socket as Socket & { readonly _handle?: { readStop(): void; readStart(): void } | null })._handle;
  }

  readonly #accept = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    this.#used = true;
    this.#events.onStream(stream, headers, this);
  };

  /** A client that speaks HTTP/2 has acknowledged our settings by now. */
  readonly #checkHandshake = (): void => {
    if (this.#session.pendingSettingsAck) this.#drop("handshakeTimeoutMs");
    else if (!this.#used) this.#after(this.#settings.firstCallTimeoutMs, this.#checkUse);
  };

  readonly #checkUse = (): void => {
    if (!this.#used) this.#drop("firstCallTimeoutMs");
  };

  readonly #retire = (): void => {
    this.drain(this.#settings.maxConnectionAgeGraceMs);
  };

  /** The client has been told to calm down: it may read that before it is cut. */
  readonly #dismiss = (): void => {
    this.#events.onDrop("maxPingsPerMinute");
    this.drain(0);
  };

  readonly #close = (): void => {
    this.#keepalive.stop();
    readTurns.leave(this.turn);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#events.onClose(this);
  };

  #drop(limit: Limit): void {
    if (this.#session.destroyed) return;
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
