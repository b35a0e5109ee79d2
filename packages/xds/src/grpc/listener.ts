import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { TLSSocket, Server as TlsServer } from "node:tls";
import type { Limit } from "./limit.ts";
import type { Settings } from "./options.ts";
import { PeerCounts } from "./peer-counts.ts";
import { reuseReads } from "./reused-reads.ts";
import { MAX_TIMER_MS } from "./timeout.ts";
import { type TlsOptions, type TlsUpdate, toSecureContext } from "./tls.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ListenerEvents {
  /** A client is there and may speak HTTP/2. */
  onSocket(socket: Socket): void;
  /** A connection was closed for a limit. */
  onLimit(limit: Limit): void;
}

/** Connections the kernel holds while the process is busy: a whole fleet may come at once. */
const BACKLOG = 4096;

/** Accepts sockets, over TLS when the settings say so, and hands over those that may speak HTTP/2. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #onError: (error: unknown) => void;
  #tls: TlsOptions | undefined;

  constructor(settings: Settings, events: ListenerEvents) {
    const peers = new PeerCounts(settings.maxConnectionsPerPeer);
    this.#onError = settings.onError;
    this.#tls = settings.tls;
    this.#server = this.#tls === undefined ? createServer({ noDelay: true }) : toTlsServer(this.#tls, settings, events);
    this.#server.on("connection", (accepted) => {
      const { remoteAddress = "" } = accepted;
      const isFull = this.#sockets.size >= settings.maxConnections;
      if (isFull || !peers.add(remoteAddress)) {
        events.onLimit(isFull ? "maxConnections" : "maxConnectionsPerPeer");
        accepted.destroy();
        return;
      }
      // Over TLS the socket is read by what decrypts it.
      const socket = settings.tls === undefined ? reuseReads(accepted) : accepted;
      this.#sockets.add(socket);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        peers.remove(remoteAddress);
      });
      if (settings.tls === undefined) events.onSocket(socket);
    });
  }

  listen({ host, port }: Address): Promise<Address> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, backlog: BACKLOG }, () => {
        server.off("error", reject);
        server.on("error", (error) => this.#onError(error));
        // Listening on TCP, so it is an AddressInfo.
        const bound = server.address() as AddressInfo;
        resolve({ host: bound.address, port: bound.port });
      });
    });
  }

  updateTls(update: TlsUpdate): void {
    if (this.#tls === undefined) throw new TypeError("the server does not use TLS");
    const tls = { ...this.#tls, ...update };
    // With TLS options the server was made by toTlsServer.
    (this.#server as TlsServer).setSecureContext(toSecureContext(tls));
    this.#tls = tls;
  }

  /** Accepts nothing more; resolves when the last socket is closed. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    const gone = this.#sockets.values().map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    await Promise.all([closed, ...gone]);
  }

  /** Cuts every socket, also those that are still in their handshake. */
  destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function toTlsServer(tls: TlsOptions, settings: Settings, events: ListenerEvents): TlsServer {
  const { requestCert = false, rejectUnauthorized = true } = tls;
  // A server without TLS does not load what there is for it, which takes 3 MB.
  const server = process.getBuiltinModule("node:tls").createServer({
    ...toSecureContext(tls),
    requestCert,
    rejectUnauthorized,
    noDelay: true,
    ALPNProtocols: ["h2"],
    handshakeTimeout: Math.min(settings.handshakeTimeoutMs, MAX_TIMER_MS),
  });
  server.on("tlsClientError", (error, socket) => {
    if ("code" in error && error.code === "ERR_TLS_HANDSHAKE_TIMEOUT") events.onLimit("handshakeTimeoutMs");
    socket.destroy();
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") events.onSocket(socket);
    else socket.destroy();
  });
  return server;
}
