/** Runs what was woken soon, each once however often it was woken, in slices that leave room for everything else. */
export class WakeQueue {
  readonly #waiting = new Set<() => void>();
  #scheduled = false;

  add(task: () => void): void {
    this.#waiting.add(task);
    this.#schedule();
  }

  delete(task: () => void): void {
    this.#waiting.delete(task);
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    const end = performance.now() + sliceMs;
    let count = 0;
    try {
      for (const task of this.#waiting) {
        this.#waiting.delete(task);
        task();
        if (++count % lookEvery === 0 && performance.now() > end) break;
      }
    } finally {
      // One that throws must not keep the others waiting for ever.
      this.#scheduled = false;
      this.#schedule();
    }
  }
}

const sliceMs = 5;
const lookEvery = 16;
