import {
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { Call } from "./call.ts";
import { keepAlive, limitPings } from "./keepalive.ts";
import type { Settings } from "./options.ts";
import { type Peer, toPeer } from "./peer.ts";
import { Code, type Status } from "./status.ts";
import { MAX_TIMER_MS } from "./timeout.ts";

export interface ConnectionEvents {
  onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void;
  /** The server closes the connection because the client did not behave. */
  onDrop(): void;
  onClose(): void;
}

/** How long the last trailers may take to leave before the socket is cut. */
const FLUSH_MS = 1_000;

const SHUTTING_DOWN: Status = { code: Code.UNAVAILABLE, message: "the server is closing the connection" };

/** One client connection, from the accepted socket (after TLS) to its close, and the calls on it. */
export class Connection {
  readonly peer: Peer;
  readonly calls = new Set<Call>();
  readonly #socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #events: ConnectionEvents;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(socket: Socket, settings: Settings, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#session = performServerHandshake(socket, settings.session);
    this.peer = toPeer(this.#session);
    // What went wrong is told by the closing that follows.
    this.#session.on("error", () => {});
    this.#session.once("close", this.#close);
    this.#session.on("stream", (stream, headers) => events.onStream(stream, headers));
    this.#session.setLocalWindowSize(settings.connectionWindowBytes);
    this.#limit(settings);
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
      this.#session.once("close", resolve);
    });
  }

  #limit(settings: Settings): void {
    const session = this.#session;
    const drop = () => this.#drop();

    const handshake = this.#after(settings.handshakeTimeoutMs, drop);
    const firstCall = this.#after(settings.firstCallTimeoutMs, drop);
    session.once("remoteSettings", () => this.#cancel(handshake));
    session.once("stream", () => this.#cancel(firstCall));

    keepAlive(session, { ...settings, onDead: drop });
    limitPings(session, { ...settings, onFlood: drop });

    const { maxConnectionAgeMs, maxConnectionAgeGraceMs } = settings;
    this.#after(spread(maxConnectionAgeMs), () => this.drain(maxConnectionAgeGraceMs));
  }

  #drop(): void {
    if (this.#session.destroyed) return;
    this.#events.onDrop();
    this.destroy();
  }

  readonly #close = (): void => {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#events.onClose();
  };

  /** A timer that ends with the connection; none when `ms` is too long to matter. */
  #after(ms: number, action: () => void): NodeJS.Timeout | undefined {
    if (ms > MAX_TIMER_MS) return undefined;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms).unref();
    this.#timers.add(timer);
    return timer;
  }

  #cancel(timer: NodeJS.Timeout | undefined): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#timers.delete(timer);
  }
}

/** Up to a tenth more or less, so that clients that came together do not come back together. */
function spread(ms: number): number {
  return ms * (0.9 + 0.2 * Math.random());
}
