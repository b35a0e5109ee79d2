import type { Header } from "./headers.ts";

/**
 * All that was tapped of one request or connection.
 * @experimental
 */
export type TapTrace = (HttpTap | SocketTap) & {
  /** Of the Envoy that sent it, which uses an id again some time. */
  readonly traceId: bigint;
  readonly end: TapTraceEnd;
  /** Whether something is missing in the middle or at the beginning, beside what bodies say of themselves. */
  readonly incomplete: boolean;
};

/**
 * Why nothing more of a trace is waited for: its last piece came; nothing came for a while, which is how most of those end
 * that come in pieces, as nothing says that a body is over; it takes too long; a piece came that can only be of another
 * one with the same id; too much is held already; the stream ended.
 * @experimental
 */
export type TapTraceEnd = "whole" | "quiet" | "age" | "repeated" | "crowded" | "stream";

/**
 * What was tapped of one request, with its response.
 * @experimental
 */
export interface HttpTap {
  readonly kind: "http";
  readonly request?: TapMessage;
  readonly response?: TapMessage;
  /** The connection that the request came by, where the filter has `record_downstream_connection`. */
  readonly downstream?: TapConnection;
  /** The connection that it was sent on by, where the filter has `record_upstream_connection`. */
  readonly upstream?: TapConnection;
}

/** @experimental */
export interface TapMessage {
  /** In the order that they came in; those that hold credentials have their value replaced. */
  readonly headers: readonly Header[];
  readonly body: TapBody;
  readonly trailers: readonly Header[];
  /** When the headers came, in milliseconds since 1970, where the filter has `record_headers_received_time`. */
  readonly receivedAtMs?: number;
}

/** @experimental */
export interface TapBody {
  /** As it was on the wire: a body that is compressed is compressed. */
  readonly data: Uint8Array;
  /** Whether there was more of it. */
  readonly truncated: boolean;
}

/** @experimental */
export interface TapConnection {
  /** Such as `10.0.0.1:80`. */
  readonly local: string;
  readonly remote: string;
}

/**
 * What was tapped of one connection: what TLS protects, as it is without it.
 * @experimental
 */
export interface SocketTap {
  readonly kind: "socket";
  readonly connection?: TapConnection;
  readonly events: readonly SocketTapEvent[];
  /** Whether more was read, or written, than there is in the events. */
  readonly readTruncated: boolean;
  readonly writeTruncated: boolean;
}

/**
 * Something that was read from the peer, or written to it, or the end of the connection.
 * @experimental
 */
export type SocketTapEvent =
  | { readonly kind: "read"; readonly atMs?: number; readonly body: TapBody }
  | { readonly kind: "write"; readonly atMs?: number; readonly body: TapBody; readonly endStream: boolean }
  | { readonly kind: "closed"; readonly atMs?: number };
