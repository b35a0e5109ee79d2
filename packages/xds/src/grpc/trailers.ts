import type { OutgoingHttpHeaders } from "node:http2";
import type { Status } from "./status.ts";

/** The trailing headers that tell `status`, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses */
export function toTrailers(status: Status): OutgoingHttpHeaders {
  const trailers: OutgoingHttpHeaders = { "grpc-status": status.code };
  if (status.message) trailers["grpc-message"] = encodeStatusMessage(status.message);
  if (status.details) trailers["grpc-status-details-bin"] = Buffer.from(status.details).toString("base64");
  return trailers;
}

/** Percent-encodes the UTF-8 bytes of `text` that are not printable ASCII, and `%` itself, as `grpc-message` wants it. */
export function encodeStatusMessage(text: string): string {
  if (/^[ -$&-~]*$/.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const printable = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += printable ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
