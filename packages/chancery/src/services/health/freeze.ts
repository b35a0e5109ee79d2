/** So many endpoints have to fail at once at least: fewer say nothing about those who check. */
export const fewestFalls = 4;

/**
 * Tells when so many endpoints fail at once that rather the checks fail than the endpoints, as when the checkers' network
 * is cut. From then on nothing turns unhealthy, and what did so a moment ago is taken back, until enough of them answer.
 */
export class Freeze<T> {
  readonly #maxShare: number;
  /** What failed, and until when that counts as at once. */
  readonly #falls = new Map<T, number>();
  #frozen = false;
  /** How many endpoints there are. */
  total = 0;

  /** @param maxShare What part of all may fail at once, from 0 to 1. */
  constructor(maxShare: number) {
    this.#maxShare = maxShare;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** What failed a moment ago; when it is frozen, all that would be unhealthy by now. */
  get falls(): Iterable<T> {
    return this.#falls.keys();
  }

  get fallen(): number {
    return this.#falls.size;
  }

  /** An endpoint fails; returns whether that freezes all. */
  fall(endpoint: T, { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number }): boolean {
    if (!this.#frozen) this.#forget(nowMs);
    this.#falls.set(endpoint, untilMs);
    if (this.#frozen || !this.#isTooMuch()) return false;
    this.#frozen = true;
    return true;
  }

  /** An endpoint answers, or is gone. */
  recover(endpoint: T): void {
    this.#falls.delete(endpoint);
  }

  /** Returns whether it was frozen and is not any more: what is among the falls then is unhealthy. */
  thaw(): boolean {
    if (!this.#frozen || this.#isTooMuch()) return false;
    this.#frozen = false;
    return true;
  }

  #isTooMuch(): boolean {
    return this.#falls.size >= fewestFalls && this.#falls.size > this.#maxShare * this.total;
  }

  #forget(nowMs: number): void {
    for (const [endpoint, untilMs] of this.#falls) if (untilMs <= nowMs) this.#falls.delete(endpoint);
  }
}
