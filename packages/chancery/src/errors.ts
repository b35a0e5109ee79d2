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
