import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";

/** `moved` if it came, went or was replaced, `written` if what is in it changed. */
export type How = "moved" | "written";

/**
 * Watches directories rather than files: a file that is replaced is another file, the directory's entry stays.
 * Each scan names the directories that matter; those it no longer names are let go.
 */
export class DirectoryWatch implements Disposable {
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly identity: string }>();
  readonly #unwatched = new Map<string, string>();
  readonly #onChange: (path: string | undefined, how: How) => void;
  #named = new Set<string>();
  #isClosed = false;

  /** `onChange` hears of the path that changed, or of undefined if the system does not say, and how it did. */
  constructor(onChange: (path: string | undefined, how: How) => void) {
    this.#onChange = onChange;
  }

  /** The directories whose changes are not heard, since the system refused to watch them, and why. */
  get unwatched(): ReadonlyMap<string, string> {
    return this.#unwatched;
  }

  /** Call before reading the directory, so that no change falls between. A directory that is gone is not watched. */
  async add(directory: string): Promise<void> {
    if (this.#named.has(directory)) return;
    this.#named.add(directory);
    const stats = await stat(directory).catch(() => undefined);
    // A directory that was deleted and made again has the same name, but its old watcher is deaf.
    const identity = stats === undefined ? "" : `${stats.dev}:${stats.ino}`;
    // Whoever looks at a directory may have been overtaken by the end.
    if (this.#isClosed) return;
    if (this.#watchers.get(directory)?.identity === identity) return;
    this.#drop(directory);
    if (stats?.isDirectory()) this.#open(directory, identity);
  }

  /** Ends a scan: closes the watchers of directories that were not added since the last call. */
  prune(): void {
    for (const directory of [...this.#watchers.keys(), ...this.#unwatched.keys()]) {
      if (!this.#named.has(directory)) this.#drop(directory);
    }
    this.#named = new Set();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const directory of this.#watchers.keys()) this.#drop(directory);
  }

  #open(directory: string, identity: string): void {
    try {
      const watcher = watch(directory, (event, name) =>
        this.#onChange(name === null ? undefined : join(directory, name), event === "rename" ? "moved" : "written"),
      );
      watcher.on("error", () => {
        // Some systems report a deleted directory this way: the next scan finds out what is there.
        this.#drop(directory);
        this.#onChange(undefined, "moved");
      });
      this.#watchers.set(directory, { watcher, identity });
    } catch (error) {
      // The system's limit of watches is reached, or the directory went away just now.
      if (!(error instanceof Error)) throw error;
      this.#unwatched.set(directory, error.message);
    }
  }

  #drop(directory: string): void {
    this.#watchers.get(directory)?.watcher.close();
    this.#watchers.delete(directory);
    this.#unwatched.delete(directory);
  }
}
