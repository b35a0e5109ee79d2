import { encodeHeaders, type Stream } from "../http2/index.ts";
import { ACCEPTED_ENCODINGS } from "./compression.ts";
import { Code, type Status } from "./status.ts";
import { toTrailers } from "./trailers.ts";

/** Headers of every response, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses */
const HEADERS = encodeHeaders([
  [":status", "200"],
  ["content-type", "application/grpc"],
  ["grpc-accept-encoding", ACCEPTED_ENCODINGS],
]);

const OK_TRAILERS = encodeHeaders(toTrailers({ code: Code.OK }));

/** Starts a response that ends with trailers. */
export function respondWithHeaders(stream: Stream): void {
  stream.respond(HEADERS);
}

/** Ends a response: with trailers or, if it ends before anything was sent, in one header block, "Trailers-Only". */
export function respondWithStatus(stream: Stream, status: Status): void {
  const trailers = isPlainOk(status) ? OK_TRAILERS : encodeHeaders(toTrailers(status));
  stream.end(stream.headersSent ? trailers : Buffer.concat([HEADERS, trailers]));
}

/** Ends a call that is not made: when there are many of them, all for one reason, it costs next to nothing. */
export function respondWithRefusal(stream: Stream, status: Status): void {
  if (status !== lastRefusal) {
    lastRefusal = status;
    refusalBlock = Buffer.concat([HEADERS, encodeHeaders(toTrailers(status))]);
  }
  stream.end(refusalBlock);
}

let lastRefusal: Status | undefined;
let refusalBlock: Uint8Array = HEADERS;

/** Answers what is not gRPC at all. */
export function respondWithHttpStatus(stream: Stream, httpStatus: number): void {
  stream.end(encodeHeaders([[":status", String(httpStatus)]]));
}

function isPlainOk({ code, message, details }: Status): boolean {
  return code === Code.OK && !message && details === undefined;
}
