import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** Starts an upstream that does as it is told; it ends with the test. */
export async function startHttp(t: TestContext, answer: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(answer);
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  // It listens on a port, so it has this kind of address.
  return { server, port: (server.address() as AddressInfo).port };
}
