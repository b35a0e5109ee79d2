import { createServer, type Http2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { ListenOptions } from "node:net";
import { type Echo, toEcho } from "./listen-echo.ts";

/**
 * Starts an upstream for gRPC without TLS: it answers any call of any method with the messages that it gets and its name
 * in the header `answered-by`, and health checks with SERVING.
 */
export async function startGrpcEcho(name: string, listen: ListenOptions): Promise<Echo> {
  const sessions = new Set<Http2Session>();
  const server = createServer();
  server.on("session", (session) => {
    sessions.add(session.on("close", () => sessions.delete(session)));
  });
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    // Whoever called may be gone at any time.
    stream.on("error", () => {});
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.respond({ "content-type": "application/grpc", "answered-by": name }, { waitForTrailers: true });
    if (headers[":path"] === "/grpc.health.v1.Health/Check") stream.resume().end(serving);
    else stream.pipe(stream);
  });
  const hangUp = () => {
    for (const session of sessions) session.destroy();
  };
  return toEcho(name, server, { listen, hangUp });
}

/** A message of two bytes: HealthCheckResponse with the status SERVING. */
const serving = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01]);
