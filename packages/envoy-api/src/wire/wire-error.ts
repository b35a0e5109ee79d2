/** Bytes that are not a protobuf message: cut short, overlong, of an invalid wire type, or text that is not UTF-8. */
export class WireError extends Error {
  override readonly name = "WireError";
  /** Where the reader stood, in bytes from the beginning of what it was given; -1 when a writer refuses a value. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(offset < 0 ? message : `${message} at byte ${offset}`);
    this.offset = offset;
  }
}
