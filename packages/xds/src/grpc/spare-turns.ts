export interface SpareTurnsOptions {
  /** The time in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
  /** Calls back in the next turn of the event loop, after what there is to read. Default: `setImmediate`. */
  readonly nextTurn?: (run: () => void) => void;
}

/**
 * Gives turns of the event loop to what can wait: one task at a time, and only after a turn that brought little else. So
 * whatever comes in is worked off, with all that follows from it, before the next such task. A task that has waited for
 * 2 ms has its turn all the same.
 */
export class SpareTurns {
  readonly #now: () => number;
  readonly #nextTurn: (run: () => void) => void;
  readonly #tasks = new Set<() => void>();
  #scheduled = false;
  /** When the turn began that is looked at, and when a task had its turn last. */
  #lookedMs = 0;
  #ranMs = 0;

  constructor({ now = () => performance.now(), nextTurn = setImmediate }: SpareTurnsOptions = {}) {
    this.#now = now;
    this.#nextTurn = nextTurn;
  }

  /** Runs a task once, after those that wait already. It should take half a millisecond at most. */
  add(task: () => void): void {
    this.#tasks.add(task);
    if (this.#scheduled) return;
    this.#ranMs = this.#now();
    this.#schedule();
  }

  /** Lets go of a task that may wait. */
  delete(task: () => void): void {
    this.#tasks.delete(task);
  }

  #schedule(): void {
    if (this.#tasks.size === 0) return;
    this.#scheduled = true;
    this.#lookedMs = this.#now();
    this.#nextTurn(this.#look);
  }

  readonly #look = (): void => {
    this.#scheduled = false;
    const nowMs = this.#now();
    try {
      if (nowMs - this.#lookedMs < busyMs || nowMs - this.#ranMs >= patienceMs) {
        this.#runNext();
        this.#ranMs = this.#now();
      }
    } finally {
      if (!this.#scheduled) this.#schedule();
    }
  };

  #runNext(): void {
    for (const task of this.#tasks) {
      this.#tasks.delete(task);
      task();
      return;
    }
  }
}

/** Of this process: it has one thread. */
export const spareTurns: SpareTurns = new SpareTurns();

/** A turn that took longer had something to do. */
const busyMs = 0.1;
const patienceMs = 2;
