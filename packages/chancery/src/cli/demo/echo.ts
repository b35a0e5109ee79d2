import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { ListenOptions } from "node:net";
import type { TlsOptions } from "node:tls";
import { type Echo, toEcho } from "./listen-echo.ts";

/**
 * Starts an upstream that speaks HTTP/1.1, over TLS if there are options for that; `listen` is `{ host, port }` or, for
 * a socket file, `{ path }`.
 */
export async function startEcho(name: string, listen: ListenOptions, tls?: TlsOptions): Promise<Echo> {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader("content-type", "text/plain; charset=utf-8");
    response.end(toText(name, request));
  };
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  // A proxy may reuse a connection at any time; closing it when idle would cost the request that is on its way.
  server.keepAliveTimeout = 0;
  return toEcho(name, server, { listen, hangUp: () => server.closeAllConnections() });
}

function toText(name: string, { method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const headers = rawHeaders.flatMap((text, index) => (index % 2 === 0 ? [`${text}: ${rawHeaders[index + 1]}`] : []));
  return [`Hello from ${name}`, "", `${method} ${url} HTTP/${httpVersion}`, ...headers, ""].join("\n");
}
