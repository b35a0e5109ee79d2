import type { Headers } from "../http2/index.ts";

/**
 * The decoded values of a binary header, whose name ends in `-bin`, in the order they were sent; empty when it is absent.
 * Values joined by commas and values without padding are read as the protocol allows them.
 *
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
 */
export function binaryMetadata(metadata: Headers, name: string): Uint8Array[] {
  return metadata[name]?.split(",").map((part) => Buffer.from(part.trim(), "base64")) ?? [];
}
