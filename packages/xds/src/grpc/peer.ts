import type { ServerHttp2Session } from "node:http2";
import type { PeerCertificate, TLSSocket } from "node:tls";

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

/** Describes the client of `session`, which has just connected. */
export function toPeer(session: ServerHttp2Session): Peer {
  const { remoteAddress = "", remotePort = 0 } = session.socket;
  const secure = session.encrypted === true;
  let certificate: PeerCertificate | undefined;
  return {
    address: remoteAddress,
    port: remotePort,
    secure,
    certificate() {
      if (certificate === undefined && secure && !session.destroyed) certificate = verifiedCertificate(session);
      return certificate;
    },
  };
}

function verifiedCertificate(session: ServerHttp2Session): PeerCertificate | undefined {
  // An encrypted session has a TLS socket: the type does not say so.
  const socket = session.socket as TLSSocket;
  return socket.authorized ? socket.getPeerCertificate() : undefined;
}
