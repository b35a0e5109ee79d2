import { mergeSnapshots } from "./merge.ts";
import type { Snapshot } from "./snapshot.ts";

/** What the groups of a client make together. Made anew only when one of them has changed. */
export class View {
  readonly #get: (group: string) => Snapshot | undefined;
  readonly #groups: readonly string[];
  #layers: readonly (Snapshot | undefined)[] = [];
  #merged: Snapshot | undefined;
  readonly #wakes = new Set<() => void>();

  constructor(groups: readonly string[], get: (group: string) => Snapshot | undefined) {
    this.#groups = groups;
    this.#get = get;
  }

  /** Undefined while none of the groups has a snapshot. */
  get snapshot(): Snapshot | undefined {
    const layers = this.#groups.map(this.#get);
    if (layers.length !== this.#layers.length || layers.some((layer, i) => layer !== this.#layers[i])) {
      this.#layers = layers;
      const present = layers.filter((layer) => layer !== undefined);
      this.#merged = present.length === 0 ? undefined : mergeSnapshots(present);
    }
    return this.#merged;
  }

  get isWatched(): boolean {
    return this.#wakes.size > 0;
  }

  add(wake: () => void): void {
    this.#wakes.add(wake);
  }

  delete(wake: () => void): void {
    this.#wakes.delete(wake);
  }

  readonly wake = (): void => {
    for (const wake of this.#wakes) wake();
  };
}
