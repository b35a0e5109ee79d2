import type { Status } from "./status.ts";

/** The trailing headers that tell `status`, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses */
export function toTrailers({ code, message, details }: Status): [name: string, value: string][] {
  const trailers: [string, string][] = [["grpc-status", String(code)]];
  if (message) trailers.push(["grpc-message", encodeStatusMessage(message)]);
  if (details) trailers.push(["grpc-status-details-bin", Buffer.from(details).toString("base64")]);
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
