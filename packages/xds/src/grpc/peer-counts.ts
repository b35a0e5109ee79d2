/** Counts what each peer has open, by its address, up to `max`. What comes from the same machine is not counted. */
export class PeerCounts {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Counts one more, unless that is one too many: then it returns false and counts nothing. */
  add(address: string): boolean {
    if (isLoopback(address)) return true;
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#max) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  /** To be called once for each `add` that returned true. */
  remove(address: string): void {
    const count = this.#counts.get(address) ?? 0;
    if (count > 1) this.#counts.set(address, count - 1);
    else this.#counts.delete(address);
  }
}

/** True for a unix socket too, which has no address. */
function isLoopback(address: string): boolean {
  return address === "" || address === "::1" || /^(?:::ffff:)?127\./.test(address);
}
