import type { Headers } from "../http2/index.ts";
import type { Frame } from "./frame.ts";
import type { Peer } from "./peer.ts";
import type { Status } from "./status.ts";

/** One call as its handler sees it. */
export interface GrpcCall {
  /** Path of the method: `/package.Service/Method`. */
  readonly method: string;
  /** Headers of the request; see `binaryMetadata` for those that end in `-bin`. */
  readonly metadata: Headers;
  readonly peer: Peer;
  /** Milliseconds the client gave the call when it started. The call ends by itself with DEADLINE_EXCEEDED. */
  readonly deadlineMs: number | undefined;
  /**
   * True when another message may be written now: of those before, no more than the last few KB (one DATA frame, 16 KiB)
   * are still on their way to the client. When a write makes it false, `drain` tells that it is true again.
   */
  readonly writable: boolean;
  /**
   * Writes one message: `prefix`, which is copied, then the chunks of `frame`, which are not. A write while the call is
   * not writable waits in memory, as references; a write after the end of the call does nothing.
   */
  write(frame: Frame, prefix?: Uint8Array): void;
  /** Ends the call as an error that its handler throws does: a `StatusError` with its status, others as INTERNAL. */
  fail(error: unknown): void;
  /** Ends the call once everything written has been sent. Default status: OK. Only the first end counts. */
  end(status?: Status): void;
}

/** What serves one call. An error thrown, or a promise rejected, ends the call: a `StatusError` with its status. */
export interface CallHandler {
  /** `with-first-message` holds the response headers back, so that a call that fails at once may be retried. Default: `now`. */
  readonly headers?: "now" | "with-first-message";
  /**
   * How long the handler looks at the bytes of a message, which may be overwritten then: `while-called`, which saves a copy
   * of each message, or `until-settled`, as long as a promise that `message` returned is pending. Default: for good.
   */
  readonly borrows?: "while-called" | "until-settled";
  /**
   * Takes one message, a view that, if it is not borrowed, stays valid but may keep a larger buffer alive: copy what is
   * held for long. While a returned promise is pending nothing more is read, so the client feels it.
   */
  message(bytes: Uint8Array): void | Promise<void>;
  /** The client has sent its last message. */
  end?(): void | Promise<void>;
  /** The call is over, for whatever reason; called exactly once. */
  close?(): void;
  /** The call is writable again after it was not. */
  drain?(): void;
}

/** Accepts a call, at once or later: its messages wait. Throwing refuses it without response headers. */
export type OpenHandler = (call: GrpcCall) => CallHandler | Promise<CallHandler>;
