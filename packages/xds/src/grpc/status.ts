/** Status codes of gRPC, https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
export const Code = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** One of the numbers in {@link Code}. */
export type Code = (typeof Code)[keyof typeof Code];

/** How a call ended, as the client is told. */
export interface Status {
  readonly code: Code;
  /** For people; any text, encoded for the wire by the layer. */
  readonly message?: string;
  /** A serialized `google.rpc.Status`, sent as `grpc-status-details-bin`. */
  readonly details?: Uint8Array;
}

/** Thrown by a handler to end its call with this status. Every other error is reported and ends the call as INTERNAL. */
export class StatusError extends Error implements Status {
  override readonly name = "StatusError";
  readonly code: Code;
  readonly details?: Uint8Array;

  constructor(code: Code, message: string, options: ErrorOptions & { readonly details?: Uint8Array } = {}) {
    super(message, options);
    this.code = code;
    if (options.details !== undefined) this.details = options.details;
  }
}
