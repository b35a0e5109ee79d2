import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { ACCEPTED_ENCODINGS } from "./compression.ts";
import type { Status } from "./status.ts";
import { toTrailers } from "./trailers.ts";

/** Headers of every response, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses */
const RESPONSE_HEADERS: OutgoingHttpHeaders = Object.freeze({
  ":status": 200,
  "content-type": "application/grpc",
  "grpc-accept-encoding": ACCEPTED_ENCODINGS,
});

/** Starts a response that ends with trailers: the stream asks for them with `wantTrailers`. */
export function respondWithHeaders(stream: ServerHttp2Stream): void {
  stream.respond(RESPONSE_HEADERS, { waitForTrailers: true });
}

/** The whole response in one header block, "Trailers-Only": for calls that end before they sent anything. */
export function respondWithStatus(stream: ServerHttp2Stream, status: Status): void {
  stream.respond({ ...RESPONSE_HEADERS, ...toTrailers(status) }, { endStream: true });
  closeSoon(stream);
}

/** Answers what is not gRPC at all. */
export function respondWithHttpStatus(stream: ServerHttp2Stream, httpStatus: number): void {
  stream.respond({ ":status": httpStatus }, { endStream: true });
  closeSoon(stream);
}

/**
 * Frees the stream of a response that is complete, once its last frame is on the way: a client that is still sending
 * learns by a reset without error that nobody listens, https://www.rfc-editor.org/rfc/rfc9113#section-8.1-14
 */
export function closeSoon(stream: ServerHttp2Stream): void {
  if (!stream.readableEnded) setImmediate(close, stream);
}

function close(stream: ServerHttp2Stream): void {
  if (!stream.closed && !stream.destroyed) stream.close(constants.NGHTTP2_NO_ERROR);
}
