import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { ListenOptions } from "node:net";

/** A small upstream that says its name and what it was asked. */
export interface Echo {
  readonly name: string;
  /** Zero when it listens on a socket file. */
  readonly port: number;
  close(): Promise<void>;
}

/** Starts an upstream; `listen` is `{ host, port }` or, for a socket file, `{ path }`. */
export async function startEcho(name: string, listen: ListenOptions): Promise<Echo> {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/plain; charset=utf-8");
    response.end(toText(name, request));
  });
  // A proxy may reuse a connection at any time; closing it when idle would cost the request that is on its way.
  server.keepAliveTimeout = 0;
  server.listen(listen);
  await once(server, "listening");
  const address = server.address();
  return {
    name,
    port: typeof address === "object" && address !== null ? address.port : 0,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function toText(name: string, { method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const headers = rawHeaders.flatMap((text, index) => (index % 2 === 0 ? [`${text}: ${rawHeaders[index + 1]}`] : []));
  return [`Hello from ${name}`, "", `${method} ${url} HTTP/${httpVersion}`, ...headers, ""].join("\n");
}
