/** Bounds on what one client may cost. Defaults are values that an honest fleet does not meet. */
export interface Limits {
  /** Names that a client may ask for of one type. Default: 200,000. */
  readonly maxNamesPerType: number;
  /** Types on one aggregated stream. Default: 100. */
  readonly maxTypesPerStream: number;
  /** Bytes of the node in a request; Envoy's is about 61 KB. Default: 1 MiB. */
  readonly maxNodeBytes: number;
  /** Streams of one node id, not counting those from loopback addresses. Default: 20,000. */
  readonly maxStreamsPerNode: number;
}

export function withDefaults(limits: Partial<Limits> = {}): Limits {
  const {
    maxNamesPerType = 200_000,
    maxTypesPerStream = 100,
    maxNodeBytes = 1024 * 1024,
    maxStreamsPerNode = 20_000,
  } = limits;
  return { maxNamesPerType, maxTypesPerStream, maxNodeBytes, maxStreamsPerNode };
}

/** A client went beyond a limit: its stream ends with RESOURCE_EXHAUSTED. */
export class LimitError extends Error {
  override readonly name = "LimitError";
  readonly limit: keyof Limits;

  constructor(limit: keyof Limits, message: string) {
    super(message);
    this.limit = limit;
  }
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");
}
