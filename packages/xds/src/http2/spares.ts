/** After so long, what nobody has needed is let go. */
const periodMs = 500;

/**
 * Things to use again, such as buffers: one for every ACK with a node in it, or every report, would have the heap collected all
 * the time. As many are kept as were needed at once within the last half a second, and none soon after a burst.
 */
export class Spares<T> {
  readonly #make: () => T;
  readonly #most: number;
  readonly #spare: T[] = [];
  /** How many were spare all the time since it was looked last. */
  #unused = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Keeps up to `most`. */
  constructor(most: number, make: () => T) {
    this.#most = most;
    this.#make = make;
  }

  take(): T {
    const spare = this.#spare.pop() ?? this.#make();
    this.#unused = Math.min(this.#unused, this.#spare.length);
    return spare;
  }

  /** Nobody uses it any more. */
  give(unused: T): void {
    if (this.#spare.length === this.#most) return;
    this.#spare.push(unused);
    this.#timer ??= setTimeout(this.#trim, periodMs).unref();
  }

  readonly #trim = (): void => {
    this.#spare.splice(0, this.#unused);
    this.#unused = this.#spare.length;
    this.#timer = this.#unused === 0 ? undefined : setTimeout(this.#trim, periodMs).unref();
  };
}
