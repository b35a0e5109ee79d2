import type { Headers } from "../http2/index.ts";

/**
 * The HTTP status that answers a request which is not gRPC at all; undefined when it is.
 *
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
 */
export function toHttpRefusal(headers: Headers): number | undefined {
  if (headers[":method"] !== "POST") return 405;
  if (!/^application\/grpc(?:[+;]|$)/i.test(headers["content-type"] ?? "")) return 415;
  return undefined;
}
