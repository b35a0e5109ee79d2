import type { Socket } from "node:net";
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

/** The client at the other end of a socket that has just connected. */
export class SocketPeer implements Peer {
  readonly address: string;
  readonly port: number;
  readonly secure: boolean;
  readonly #socket: Socket;
  #certificate: PeerCertificate | undefined;

  constructor(socket: Socket) {
    const { remoteAddress = "", remotePort = 0 } = socket;
    this.address = remoteAddress;
    this.port = remotePort;
    this.secure = isTls(socket);
    this.#socket = socket;
  }

  certificate(): PeerCertificate | undefined {
    this.#certificate ??= verifiedCertificate(this.#socket);
    return this.#certificate;
  }
}

function verifiedCertificate(socket: Socket): PeerCertificate | undefined {
  const verified = isTls(socket) && socket.authorized && !socket.destroyed;
  return verified ? socket.getPeerCertificate() : undefined;
}

/** By https://nodejs.org/api/tls.html#tlssocketencrypted: a server without TLS does not load what there is for it. */
function isTls(socket: Socket): socket is TLSSocket {
  return "encrypted" in socket && socket.encrypted === true;
}
