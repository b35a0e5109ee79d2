import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { LocatedProblem } from "../documents/document.ts";

/** `moved` if it came, went or was replaced, `written` if what is in it changed. */
export type How = "moved" | "written";

export interface DirectoryWatchOptions {
  /** How long after a scan anything may have changed in directories that the system refused to watch, in ms; 1000 by default. */
  readonly pollMs?: number;
}

/**
 * Watches directories rather than files: a file that is replaced is another file, the directory's entry stays.
 * Each scan names what matters, directories with all that is in them, or single entries; what it no longer names is let go.
 */
export class DirectoryWatch implements Disposable {
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>();
  readonly #unwatched = new Map<string, string>();
  readonly #onChange: (path: string | undefined, how: How) => void;
  readonly #pollMs: number;
  #poll: NodeJS.Timeout | undefined;
  /** What the last scan named. */
  #named = nothingNamed();
  /** What the scan that is going on has named so far, and what else was heard of since it began. */
  #scan: { readonly named: Named; readonly heard: Map<string, How> } | undefined;
  #opened = 0;
  #isClosed = false;

  /**
   * `onChange` hears of the path that changed, or of undefined if that may be any, and how it did. While a scan goes on,
   * what it has not named is kept until it is known whether it will.
   */
  constructor(onChange: (path: string | undefined, how: How) => void, { pollMs = 1000 }: DirectoryWatchOptions = {}) {
    this.#onChange = onChange;
    this.#pollMs = pollMs;
  }

  /** The directories whose changes are only guessed at, since the system refused to watch them, and why. */
  get unwatched(): ReadonlyMap<string, string> {
    return this.#unwatched;
  }

  /** How often a directory was added that was not watched until then. */
  get opened(): number {
    return this.#opened;
  }

  /** Call before reading the directory, so that no change falls between. A directory that is gone is not watched. */
  async add(directory: string): Promise<void> {
    this.#scanned().contents.add(directory);
    await this.#watchDirectory(directory);
  }

  /** The same for one thing in a directory. */
  async addEntry(path: string): Promise<void> {
    this.#scanned().entries.add(path);
    await this.#watchDirectory(dirname(path));
  }

  /** Ends a scan: closes the watchers of directories that were not added since the last call. */
  prune(): void {
    const { named, heard } = this.#scan ?? { named: nothingNamed(), heard: new Map<string, How>() };
    this.#named = named;
    this.#scan = undefined;
    for (const directory of [...this.#watchers.keys(), ...this.#unwatched.keys()]) {
      if (!named.directories.has(directory)) this.#drop(directory);
    }
    for (const [path, how] of heard) if (isNamed(path, named)) this.#onChange(path, how);
    clearTimeout(this.#poll);
    if (this.#unwatched.size === 0 || this.#isClosed) return;
    this.#poll = setTimeout(() => this.#onChange(undefined, "written"), this.#pollMs);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearTimeout(this.#poll);
    for (const directory of this.#watchers.keys()) this.#drop(directory);
  }

  #scanned(): Named {
    this.#scan ??= { named: nothingNamed(), heard: new Map() };
    return this.#scan.named;
  }

  async #watchDirectory(directory: string): Promise<void> {
    const { directories } = this.#scanned();
    if (directories.has(directory)) return;
    directories.add(directory);
    const stats = await stat(directory).catch(() => undefined);
    // A directory that was deleted and made again has the same name, but its old watcher is deaf.
    const identity = stats === undefined ? "" : `${stats.dev}:${stats.ino}`;
    // Whoever looks at a directory may have been overtaken by the end.
    if (this.#isClosed) return;
    if (this.#watchers.get(directory)?.identity === identity) return;
    this.#drop(directory);
    if (stats?.isDirectory()) this.#open(directory, identity);
  }

  #open(directory: string, identity: string): void {
    try {
      const watcher = watch(directory, (event, name) => this.#hear(directory, name, event));
      watcher.on("error", () => {
        // Some systems report a deleted directory this way: the next scan finds out what is there.
        this.#drop(directory);
        this.#onChange(undefined, "moved");
      });
      this.#watchers.set(directory, { watcher, identity });
      this.#opened++;
    } catch (error) {
      // The system's limit of watches is reached, or the directory went away just now.
      if (!(error instanceof Error)) throw error;
      this.#unwatched.set(directory, error.message);
    }
  }

  #hear(directory: string, name: string | null, event: string): void {
    const how = event === "rename" ? "moved" : "written";
    // A directory that is moved away says its own name, like something in it.
    const isItself = how === "moved" && name === basename(directory);
    const path = name === null || isItself ? undefined : join(directory, name);
    if (path === undefined || [this.#named, this.#scan?.named].some((named) => named && isNamed(path, named))) {
      this.#onChange(path, how);
    } else if (this.#scan?.heard.get(path) !== "written") {
      // What was written may not be whole yet, also when it is moved after that.
      this.#scan?.heard.set(path, how);
    }
  }

  #drop(directory: string): void {
    this.#watchers.get(directory)?.watcher.close();
    this.#watchers.delete(directory);
    this.#unwatched.delete(directory);
  }
}

/** What users are told of directories that the system refused to watch. */
export function unwatchedProblems(unwatched: ReadonlyMap<string, string>): LocatedProblem[] {
  return [...unwatched].map(([origin, why]) => {
    return { path: "", message: `is polled: ${why}`, severity: "warning", code: "folder-unwatched", origin };
  });
}

interface Named {
  /** All that have to be watched. */
  readonly directories: Set<string>;
  /** Those among them in which everything matters. */
  readonly contents: Set<string>;
  /** The paths that matter in the others. */
  readonly entries: Set<string>;
}

function nothingNamed(): Named {
  return { directories: new Set(), contents: new Set(), entries: new Set() };
}

function isNamed(path: string, { contents, entries }: Named): boolean {
  return contents.has(dirname(path)) || entries.has(path);
}
