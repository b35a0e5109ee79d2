import type { Socket } from "node:net";
import { type Headers, type Stream, Turns } from "../http2/index.ts";
import type { Admission } from "./admission.ts";
import { Call, type CallOptions } from "./call.ts";
import { Connection, type ConnectionEvents, type ConnectionOptions } from "./connection.ts";
import type { OpenHandler } from "./handler.ts";
import { LimitError } from "./limit.ts";
import { type Address, Listener } from "./listener.ts";
import { type GrpcServerOptions, type Settings, toSettings } from "./options.ts";
import { PeerCounts } from "./peer-counts.ts";
import { readTurns } from "./read-turns.ts";
import { toHttpRefusal } from "./request.ts";
import { respondWithHttpStatus, respondWithRefusal, respondWithStatus } from "./respond.ts";
import { type ServerStats, Stats } from "./stats.ts";
import { Code, StatusError } from "./status.ts";
import type { TlsUpdate } from "./tls.ts";

export interface MethodOptions {
  /** Overrides the server's `maxReceiveBytes` for this method. */
  readonly maxReceiveBytes?: number;
  /**
   * Calls of the method can wait: when there are more of them than fit in between, their connections are read in turns,
   * and this says which calls are refused. Default: calls are taken as they come.
   */
  readonly admission?: Admission | undefined;
}

/** A method as it is served. */
interface Method extends CallOptions {
  readonly admission: Admission | undefined;
}

/** A few milliseconds of writing, also where it is encrypted first. */
const BYTES_A_TURN = { plain: 4 * 1024 * 1024, tls: 2 * 1024 * 1024 };

/**
 * Serves gRPC methods over HTTP/2 and moves their messages as bytes.
 *
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class GrpcServer {
  readonly #settings: Settings;
  readonly #listener: Listener;
  readonly #methods = new Map<string, Method>();
  readonly #connections = new Set<Connection>();
  readonly #callsByPeer: PeerCounts;
  readonly #stats = new Stats();
  readonly #connectionOptions: ConnectionOptions;
  #closed: Promise<void> | undefined;

  constructor(options: GrpcServerOptions = {}) {
    this.#settings = toSettings(options);
    this.#connectionOptions = {
      ...this.#settings,
      turns: new Turns(options.tls === undefined ? BYTES_A_TURN.plain : BYTES_A_TURN.tls),
    };
    this.#callsByPeer = new PeerCounts(this.#settings.maxCallsPerPeer);
    this.#listener = new Listener(this.#settings, {
      onSocket: (socket) => this.#connect(socket),
      onLimit: (limit) => this.#stats.limitMet(limit),
    });
    this.#settings.signal?.addEventListener("abort", this.#abort, { once: true });
  }

  get stats(): ServerStats {
    return this.#stats;
  }

  /** Serves `method`, a path like `/package.Service/Method`; the last handler given for it counts. */
  handle(method: string, open: OpenHandler, options: MethodOptions = {}): void {
    const { maxReceiveBytes = this.#settings.maxReceiveBytes, admission } = options;
    const [settings, stats, peers] = [this.#settings, this.#stats, this.#callsByPeer];
    this.#methods.set(method, { open, admission, settings, maxReceiveBytes, stats, peers });
  }

  /** Whether it has a method of this service, such as `package.Service`. */
  serves(service: string): boolean {
    const prefix = `/${service}/`;
    return this.#methods.keys().some((method) => method.startsWith(prefix));
  }

  /** Starts to listen and says where: port 0 picks a free one. Rejects when the address cannot be used. */
  async listen(address: Address): Promise<Address> {
    this.#settings.signal?.throwIfAborted();
    return await this.#listener.listen(address);
  }

  /** Replaces keys, certificates or CAs for connections to come; those that are open go on. */
  updateTls(update: TlsUpdate): void {
    this.#listener.updateTls(update);
  }

  /**
   * Closes gracefully: no new connections, a GOAWAY on each open one; calls that still run after `graceMs` end as
   * UNAVAILABLE. Resolves when every connection is closed.
   */
  async drain({ graceMs }: { readonly graceMs: number }): Promise<void> {
    const closed = this.#stopListening();
    for (const connection of this.#connections) connection.drain(graceMs);
    await closed;
  }

  /** Closes at once: calls are cut. */
  async close(): Promise<void> {
    const closed = this.#stopListening();
    for (const connection of this.#connections) connection.destroy();
    this.#listener.destroySockets();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #abort = (): void => {
    this.close();
  };

  async #stopListening(): Promise<void> {
    this.#settings.signal?.removeEventListener("abort", this.#abort);
    this.#closed ??= this.#listener.close();
    await Promise.all([this.#closed, ...this.#connections.values().map((connection) => connection.whenClosed())]);
  }

  #connect(socket: Socket): void {
    // A TLS handshake may end after the server was closed, or with a client that has left.
    if (this.#closed !== undefined) socket.destroy();
    if (socket.destroyed) return;
    this.#connections.add(new Connection(socket, this.#connectionOptions, this.#events));
    this.#stats.connections++;
    this.#stats.connectionsTotal++;
  }

  readonly #events: ConnectionEvents = {
    onStream: (stream, headers, connection) => this.#serve(stream, headers, connection),
    onDrop: (limit) => {
      this.#stats.connectionsDropped++;
      this.#stats.limitMet(limit);
    },
    onClose: (connection) => {
      this.#connections.delete(connection);
      this.#stats.connections--;
    },
  };

  #serve(stream: Stream, headers: Headers, connection: Connection): void {
    const httpStatus = toHttpRefusal(headers);
    if (httpStatus !== undefined) {
      this.#stats.refused++;
      respondWithHttpStatus(stream, httpStatus);
      return;
    }
    try {
      const options = this.#toOptions(headers);
      const refusal = options.admission?.admit(readTurns.take(connection.turn));
      if (refusal !== undefined) {
        this.#stats.refused++;
        respondWithRefusal(stream, refusal);
        return;
      }
      const call = new Call(stream, headers, connection, options);
      this.#admit(call);
      call.serve();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#stats.refused++;
      if (error instanceof LimitError) this.#stats.limitMet(error.limit);
      respondWithStatus(stream, error);
    }
  }

  #admit({ peer: { address } }: Call): void {
    if (!this.#callsByPeer.add(address)) {
      throw new LimitError("maxCallsPerPeer", `"${address}" has ${this.#settings.maxCallsPerPeer} calls open already`);
    }
  }

  #toOptions(headers: Headers): Method {
    const method = headers[":path"] ?? "";
    const options = this.#methods.get(method);
    if (options === undefined) throw new StatusError(Code.UNIMPLEMENTED, `unknown method "${method}"`);
    return options;
  }
}
