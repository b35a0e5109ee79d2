import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Variant } from "../stream/request.ts";

/** What a transcript is held with: a server, and one client's stream to it, whatever carries that. */
export interface Counterpart {
  readonly variant: Variant;
  /** The `Node` that the first request of a stream names, in wire format. */
  readonly node: Uint8Array;
  /** Why the stream is over, if it is. */
  readonly ended: Ended | undefined;
  /** Makes this what the client is to have; undefined: nothing any more. Resolves when the server knows. */
  publish(snapshot: Snapshot | undefined): Promise<void> | void;
  /** Leaves the stream, if there is one, and opens another. */
  open(): Promise<void> | void;
  /** Sends a request, in wire format. */
  send(request: Uint8Array): void;
  /** The next response, in wire format, the end of the stream, or undefined when nothing comes. */
  hear(patience: Patience): Promise<Uint8Array | Ended | undefined>;
  /** Lets so much time pass that the server waits no longer for an answer. */
  passTime?(): void;
  /** Makes what has a time to live due to be named again. */
  beat?(): void;
}

/** How long to listen: what comes is expected, may be, or is not. */
export type Patience = "long" | "medium" | "short";

/** How the server ended a stream. */
export interface Ended {
  /** The name of a gRPC status. */
  readonly code: string;
  readonly message: string;
}

/** Thrown by a counterpart that a line of a transcript cannot be said to; the message says why. */
export class Unsayable extends Error {
  override readonly name = "Unsayable";
}
