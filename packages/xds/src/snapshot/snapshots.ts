import { changeSnapshot, type Transaction } from "./change.ts";
import type { Snapshot } from "./snapshot.ts";
import { View, type Watcher } from "./view.ts";

/** One group, or several as layers: of resources with the same type and name that of the last group counts. */
export type Groups = string | readonly string[];

/** A snapshot that was set, or changed, in a group. */
export interface Commit {
  readonly group: string;
  /** Undefined if the group's snapshot was deleted. */
  readonly snapshot: Snapshot | undefined;
  /** Resolves when clients have it. */
  acked(options?: AckedOptions): Promise<Acked>;
}

export interface AckedOptions {
  /** The part of the group's clients that has to have it, above 0 and up to 1. Default: 1, all of them. */
  readonly quorum?: number;
  /** Default: 30 s. */
  readonly timeoutMs?: number;
}

/** How far a commit has come, by the ids of clients. */
export interface Acked {
  /** True if the quorum has it. */
  readonly ok: boolean;
  readonly acked: readonly number[];
  /** Clients that refused something of it. */
  readonly refused: readonly number[];
  /** Clients that have not answered yet. */
  readonly waiting: readonly number[];
}

/** Holds one snapshot per group and tells those who watch a group of each new one. */
export class Snapshots {
  readonly #groups = new Map<string, Snapshot>();
  readonly #views = new Map<string, View>();
  /** The views of which a group is part. */
  readonly #viewsOf = new Map<string, Set<View>>();
  #awaitAcks: AwaitAcks = async () => ({ ok: true, acked: [], refused: [], waiting: [] });

  get(group: string): Snapshot | undefined {
    return this.#groups.get(group);
  }

  set(group: string, snapshot: Snapshot): Commit {
    this.#groups.set(group, snapshot);
    return this.#commit(group, snapshot);
  }

  /**
   * Changes the group's snapshot by setting and deleting single resources, all at once: clients see all of it or
   * nothing. It costs what is changed, however many resources there are. If `change` throws, nothing is changed.
   */
  update(group: string, change: (transaction: Transaction) => void): Commit {
    const before = this.#groups.get(group);
    const after = changeSnapshot(before, change);
    return after === before ? this.#toCommit(group, after) : this.set(group, after);
  }

  /** Clients of the group keep what they have until a snapshot is set again. Undefined if there was none. */
  delete(group: string): Commit | undefined {
    return this.#groups.delete(group) ? this.#commit(group, undefined) : undefined;
  }

  groups(): Iterable<string> {
    return this.#groups.keys();
  }

  /** What the groups make together; undefined while none of them has a snapshot. */
  read(groups: Groups): Snapshot | undefined {
    return this.#viewOf(groups).snapshot;
  }

  /** Calls `wake` after each change of one of the groups, until the function that it returns is called. */
  watch(groups: Groups, wake: () => void): () => void {
    const watcher = { wake };
    const view = this.join(groups, watcher);
    return () => this.leave(view, watcher);
  }

  /** @internal Wakes `watcher` after each change of one of the groups, until it leaves the view that this returns. */
  join(groups: Groups, watcher: Watcher): View {
    const view = this.#viewOf(groups);
    if (!view.isWatched) this.#keep(view);
    view.add(watcher);
    return view;
  }

  /** @internal */
  leave(view: View, watcher: Watcher): void {
    view.delete(watcher);
    if (!view.isWatched) this.#forget(view);
  }

  /** @internal Whoever knows the clients says here how commits learn of their ACKs. */
  onAwaitAcks(awaitAcks: AwaitAcks): void {
    this.#awaitAcks = awaitAcks;
  }

  #viewOf(groups: Groups): View {
    return this.#views.get(keyOf(groups)) ?? new View(listOf(groups), this.#groups);
  }

  #keep(view: View): void {
    this.#views.set(keyOf(view.groups), view);
    for (const group of view.groups) this.#viewsOf.set(group, (this.#viewsOf.get(group) ?? new Set()).add(view));
  }

  #forget(view: View): void {
    const key = keyOf(view.groups);
    if (this.#views.get(key) === view) this.#views.delete(key);
    for (const group of view.groups) {
      const views = this.#viewsOf.get(group);
      views?.delete(view);
      if (views?.size === 0) this.#viewsOf.delete(group);
    }
  }

  #commit(group: string, snapshot: Snapshot | undefined): Commit {
    for (const view of this.#viewsOf.get(group) ?? []) view.wake();
    return this.#toCommit(group, snapshot);
  }

  #toCommit(group: string, snapshot: Snapshot | undefined): Commit {
    return { group, snapshot, acked: (options = {}) => this.#awaitAcks(group, options) };
  }
}

export type AwaitAcks = (group: string, options: AckedOptions) => Promise<Acked>;

function listOf(groups: Groups): readonly string[] {
  return typeof groups === "string" ? [groups] : groups;
}

function keyOf(groups: Groups): string {
  return typeof groups === "string" ? groups : groups.join("\0");
}
