import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** Starts an upstream that writes its name and then everything that it is sent; it ends with the test. */
export async function startTcpUpstream(t: TestContext, name: string, tls?: TlsOptions): Promise<{ port: number }> {
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => {}));
    socket.write(`${name}\n`);
    socket.pipe(socket);
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  // It listens on a port, so it has this kind of address.
  return { port: (server.address() as AddressInfo).port };
}

/** Starts an upstream that answers each datagram with its name and what was in it; it ends with the test. */
export async function startUdpUpstream(t: TestContext, name: string): Promise<{ port: number }> {
  const socket = createSocket("udp4", (message, from) => socket.send(`${name} ${message}`, from.port, from.address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  return { port: socket.address().port };
}
