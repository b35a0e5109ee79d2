/**
 * What a client may still send, on one stream or on a connection. Room that was used is given back in few and large
 * pieces: each of them is a frame.
 *
 * https://www.rfc-editor.org/rfc/rfc9113#section-5.2
 */
export class ReceiveWindow {
  readonly #maxBytes: number;
  #bytes: number;
  #used = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytes = maxBytes;
  }

  /** Takes `bytes`; false when that is more than the client may send. */
  take(bytes: number): boolean {
    this.#bytes -= bytes;
    return this.#bytes >= 0;
  }

  /** Of what was taken `bytes` are done with. Returns by how many the window is to be opened now, often 0. */
  release(bytes: number): number {
    this.#used += bytes;
    if (2 * this.#used < this.#maxBytes) return 0;
    const increment = this.#used;
    this.#used = 0;
    this.#bytes += increment;
    return increment;
  }
}
