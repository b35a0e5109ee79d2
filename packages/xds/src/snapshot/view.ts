import { mergeSnapshots } from "./merge.ts";
import type { Snapshot } from "./snapshot.ts";

/** Who is told of changes. */
export interface Watcher {
  wake(): void;
}

/** What the groups of a client make together. Made anew only when one of them has changed. */
export class View {
  readonly groups: readonly string[];
  readonly #snapshots: ReadonlyMap<string, Snapshot>;
  #layers: readonly (Snapshot | undefined)[] = [];
  #merged: Snapshot | undefined;
  readonly #watchers = new Set<Watcher>();

  constructor(groups: readonly string[], snapshots: ReadonlyMap<string, Snapshot>) {
    this.groups = groups;
    this.#snapshots = snapshots;
  }

  /** Undefined while none of the groups has a snapshot. */
  get snapshot(): Snapshot | undefined {
    const layers = this.groups.map((group) => this.#snapshots.get(group));
    if (layers.length !== this.#layers.length || layers.some((layer, i) => layer !== this.#layers[i])) {
      this.#layers = layers;
      const present = layers.filter((layer) => layer !== undefined);
      this.#merged = present.length === 0 ? undefined : mergeSnapshots(present);
    }
    return this.#merged;
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  get isWatchedByMany(): boolean {
    return this.#watchers.size > 1;
  }

  add(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  delete(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  wake(): void {
    for (const watcher of this.#watchers) watcher.wake();
  }
}
