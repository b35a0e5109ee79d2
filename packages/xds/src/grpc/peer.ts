import type { Socket } from "node:net";
import { type PeerCertificate, TLSSocket } from "node:tls";

/** Who is at the other end of a connection. */
export interface Peer {
  /** IP address, or the empty string for a unix socket. */
  readonly address: string;
  readonly port: number;
  /** True over TLS. */
  readonly secure: boolean;
  /** The client's certificate when it was verified against the CAs; undefined without one and after the connection is gone. */
  certificate(): PeerCertificate | undefined;
}

/** Describes the client at the other end of `socket`, which has just connected. */
export function toPeer(socket: Socket): Peer {
  const { remoteAddress = "", remotePort = 0 } = socket;
  let certificate: PeerCertificate | undefined;
  return {
    address: remoteAddress,
    port: remotePort,
    secure: socket instanceof TLSSocket,
    certificate() {
      certificate ??= verifiedCertificate(socket);
      return certificate;
    },
  };
}

function verifiedCertificate(socket: Socket): PeerCertificate | undefined {
  const verified = socket instanceof TLSSocket && socket.authorized && !socket.destroyed;
  return verified ? socket.getPeerCertificate() : undefined;
}
