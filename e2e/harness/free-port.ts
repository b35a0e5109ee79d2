import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Returns a TCP port of 127.0.0.1 that nobody listens on. It lies below those that the kernel gives to outgoing
 * connections, so it is still free when a server that used it comes back.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!taken.has(port) && (await isFree(port))) {
      taken.add(port);
      return port;
    }
  }
}

const taken = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
