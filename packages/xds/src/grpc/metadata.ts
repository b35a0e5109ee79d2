import type { IncomingHttpHeaders } from "node:http2";

/**
 * The decoded values of a binary header, whose name ends in `-bin`, in the order they were sent; empty when it is absent.
 * Values joined by commas and values without padding are read as the protocol allows them.
 *
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
 */
export function binaryMetadata(metadata: IncomingHttpHeaders, name: string): Uint8Array[] {
  const value = metadata[name];
  if (value === undefined) return [];
  return [value].flat().flatMap((header) => header.split(",").map((part) => Buffer.from(part.trim(), "base64")));
}
