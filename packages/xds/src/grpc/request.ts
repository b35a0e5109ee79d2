import type { IncomingHttpHeaders } from "node:http2";

/**
 * The HTTP status that answers a request which is not gRPC at all; undefined when it is.
 *
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
 */
export function toHttpRefusal(headers: IncomingHttpHeaders): number | undefined {
  if (headers[":method"] !== "POST") return 405;
  if (!/^application\/grpc(?:[+;]|$)/i.test(headers["content-type"] ?? "")) return 415;
  return undefined;
}

/** A header that is meant to come once: its first value. */
export function singleHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
