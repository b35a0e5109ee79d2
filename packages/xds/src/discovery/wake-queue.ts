/** What may have something to do. */
export interface Pump {
  pump(): void;
}

/** Pumps what was woken soon, each once however often it was woken, in slices that leave room for everything else. */
export class WakeQueue {
  readonly #waiting = new Set<Pump>();
  #scheduled = false;

  add(woken: Pump): void {
    this.#waiting.add(woken);
    this.#schedule();
  }

  delete(woken: Pump): void {
    this.#waiting.delete(woken);
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
      for (const woken of this.#waiting) {
        this.#waiting.delete(woken);
        woken.pump();
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
