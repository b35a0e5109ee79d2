import type { Snapshot } from "./snapshot.ts";

/** Holds one snapshot per group and tells those who watch a group of each new one. */
export class Snapshots {
  readonly #groups = new Map<string, Snapshot>();
  readonly #watchers = new Map<string, Set<() => void>>();

  get(group: string): Snapshot | undefined {
    return this.#groups.get(group);
  }

  set(group: string, snapshot: Snapshot): void {
    this.#groups.set(group, snapshot);
    this.#wake(group);
  }

  /** Clients of the group keep what they have until a snapshot is set again. Says whether there was one. */
  delete(group: string): boolean {
    const deleted = this.#groups.delete(group);
    if (deleted) this.#wake(group);
    return deleted;
  }

  groups(): Iterable<string> {
    return this.#groups.keys();
  }

  /** Calls `wake` after each change of the group's snapshot, until the function that it returns is called. */
  watch(group: string, wake: () => void): () => void {
    const watchers = this.#watchers.get(group) ?? new Set();
    this.#watchers.set(group, watchers.add(wake));
    return () => {
      watchers.delete(wake);
      if (watchers.size === 0 && this.#watchers.get(group) === watchers) this.#watchers.delete(group);
    };
  }

  #wake(group: string): void {
    for (const wake of this.#watchers.get(group) ?? []) wake();
  }
}
