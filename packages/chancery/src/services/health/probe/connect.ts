import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { EndpointAddress } from "../../../model/endpoint.ts";
import type { TlsOptions } from "./tls-options.ts";

/** How an endpoint is reached. */
export interface ProbeOptions {
  readonly at: EndpointAddress;
  /** The name that it is asked by. */
  readonly host: string;
  /** Ends everything when it is aborted. */
  readonly signal: AbortSignal;
  /** Without them the connection is plain. */
  readonly tls: TlsOptions | undefined;
}

/** Opens a connection; with TLS, until both sides have shown what they are. Rejects if that fails or takes too long. */
export async function openConnection({ at, signal, tls }: ProbeOptions, alpn: string): Promise<Socket | TLSSocket> {
  signal.throwIfAborted();
  const to = at.kind === "unix" ? { path: at.path } : { host: at.host, port: at.port };
  const socket =
    tls === undefined ? connectTcp(to) : connectTls({ ...to, ...tls, ...(alpn !== "" && { ALPNProtocols: [alpn] }) });
  // Whoever waits for it is told by the signal, or by what it waits for.
  socket.on("error", () => {});
  const end = () => socket.destroy();
  signal.addEventListener("abort", end, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", end));
  try {
    await once(socket, tls === undefined ? "connect" : "secureConnect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
