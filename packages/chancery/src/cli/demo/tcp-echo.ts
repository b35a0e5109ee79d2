import { createServer, type ListenOptions, type Socket } from "node:net";
import { type Echo, toEcho } from "./listen-echo.ts";

/** Starts an upstream that answers the first thing it is told with its name and with that, and hangs up. */
export async function startTcpEcho(name: string, listen: ListenOptions): Promise<Echo> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)));
    socket.on("error", () => {}).once("data", (said) => socket.end(`Hello from ${name}, you said: ${said}`));
  });
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };
  return toEcho(name, server, { listen, hangUp });
}
