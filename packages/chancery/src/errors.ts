/** Something outside went wrong: a port is taken, a file is gone. `code` is stable, the message is for people. */
export class ChanceryError extends Error {
  override readonly name = "ChanceryError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
