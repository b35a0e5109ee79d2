/** Something outside went wrong: a port is taken, a file is gone. `code` is stable, the message is for people. */
export class ChanceryError extends Error {
  override readonly name = "ChanceryError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error of the operating system or of Node, with a code such as `ENOENT`. */
export function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

/** Why a request failed, in words: `fetch` itself says no more than that it did. */
export function describeFailure(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (isSystemError(cause) && cause.code === "ECONNREFUSED") return "nothing listens there";
  return cause instanceof Error ? cause.message : String(cause);
}
