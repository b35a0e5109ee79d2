import type { JsonValue } from "@chancery/envoy-api";
import type { BodyMode } from "./body-mode.ts";
import type { HeaderChange } from "./header-change.ts";

/**
 * What becomes of a message; undefined leaves all as it is. One of these instead ends it: `immediate` answers the client,
 * `leave` lets the rest of the request pass without asking.
 */
export type ProcessingResult<Change> = undefined | Change | Immediate | Leave;

/** What may be changed in answer to headers. */
export interface HeadersChange extends HeaderChanges {
  /**
   * Goes on instead of the body there is, or with headers that came without one. Nothing more is heard of this direction.
   * `:method` may be changed with it.
   */
  readonly replaceBody?: Uint8Array | string;
  /** Chooses the route again, by the headers as they are now. For requests, along with changes of headers. */
  readonly clearRouteCache?: boolean;
  /** How the rest of this request is sent; what is left out stays. The filter must have `allow_mode_override`. */
  readonly mode?: ModeChange;
  /** With `full-duplex`: the headers are answered together with a later piece of the body, or with the trailers. */
  readonly hold?: boolean;
}

/** What may be changed in answer to a body, or a piece of it. */
export interface BodyChange extends HeaderChanges {
  /** Instead of what came; empty removes it. Not with `full-duplex`. */
  readonly body?: Uint8Array | string;
  /** With `full-duplex`: what goes on now, however much came. The pieces that Envoy gets have at most 64 KiB. */
  readonly chunks?: Chunks;
  /** What becomes of headers that are on hold. Default: once there is something to send they go on as they are. */
  readonly heldHeaders?: HeldHeaders;
  /** Chooses the route again. For requests, along with changes of headers. */
  readonly clearRouteCache?: boolean;
}

export type HeldHeaders = Pick<HeaderChanges, "headers" | "headersToRemove">;

/** Pieces of a body, in their order; a text or bytes are one. */
export type Chunks = Uint8Array | string | Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/** What may be changed in answer to trailers. */
export interface TrailersChange extends HeaderChanges {
  /** With `full-duplex`: the rest of the body, which goes before the trailers. */
  readonly chunks?: Chunks;
  /** What becomes of headers that are on hold. Default: they go on as they are. */
  readonly heldHeaders?: HeldHeaders;
}

export interface HeaderChanges {
  /**
   * Changes of headers, or of trailers; for a body only if it is `buffered` or `buffered-partial`. Whether one is there
   * already is decided by what Envoy has told: it must not be one that its `forward_rules` keep back. Envoy passes over
   * changes that its `mutation_rules` do not allow: by default those of `:` ones, `host` and `x-envoy-` ones.
   */
  readonly headers?: readonly HeaderChange[];
  /** Names of headers to remove, before others are set. */
  readonly headersToRemove?: readonly string[];
  /** For filters and logs after this one, by namespace. */
  readonly dynamicMetadata?: DynamicMetadata;
}

export type DynamicMetadata = Readonly<Record<string, { readonly [key: string]: JsonValue }>>;

/** Envoy answers the client itself, and asks no more. */
export interface Immediate {
  readonly immediate: ImmediateResponse;
  readonly dynamicMetadata?: DynamicMetadata;
}

export interface ImmediateResponse {
  /** An HTTP status from 200 to 599. */
  readonly status: number;
  /** To append or to overwrite those that Envoy sets itself. */
  readonly headers?: readonly HeaderChange[];
  readonly headersToRemove?: readonly string[];
  readonly body?: Uint8Array | string;
  /**
   * Instead of `body`, one that is sent while it is made: in answer to the headers of a request whose body mode is `none` or
   * `full-duplex`, without the fields after this and without `headersToRemove`.
   */
  readonly chunks?: Chunks;
  /** For clients of gRPC. */
  readonly grpcStatus?: number;
  /** For logs: `%RESPONSE_CODE_DETAILS%`. */
  readonly details?: string;
}

/** Envoy carries on by itself. */
export interface Leave {
  readonly leave: true;
}

export interface ModeChange {
  readonly responseHeaders?: SendMode;
  readonly requestBody?: BodyMode;
  readonly responseBody?: BodyMode;
  readonly requestTrailers?: SendMode;
  readonly responseTrailers?: SendMode;
}

export type SendMode = "send" | "skip";
