import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { z } from "zod";
import { isSystemError } from "../errors.ts";

/**
 * Reads what an earlier process has kept; undefined if there is no such file, or none that this version understands.
 */
export async function readStateFile<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.safeParse(JSON.parse(await readFile(path, "utf8"))).data;
  } catch (error) {
    if (error instanceof SyntaxError || (isSystemError(error) && error.code === "ENOENT")) return undefined;
    throw error;
  }
}

export interface StateFileOptions {
  readonly path: string;
  /** How long nothing must have changed before it is written, in ms; 1000 by default. */
  readonly quietMs?: number;
  readonly onError: (error: unknown) => void;
}

/** Keeps a state in a file as JSON, some time after it has changed, and at the end. Only this user may read it. */
export class StateFile implements AsyncDisposable {
  readonly #options: StateFileOptions;
  #latest: (() => unknown) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: StateFileOptions) {
    this.#options = options;
  }

  /** `read` is called when it is time to write. */
  keep(read: () => unknown): void {
    this.#latest = read;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#flush(), this.#options.quietMs ?? 1000).unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#flush();
  }

  #flush(): Promise<void> {
    const read = this.#latest;
    this.#latest = undefined;
    if (read !== undefined) this.#writing = this.#writing.then(() => this.#write(read())).catch(this.#options.onError);
    return this.#writing;
  }

  async #write(state: unknown): Promise<void> {
    const { path } = this.#options;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // A process that dies while it writes leaves the file as it was.
    const next = `${path}.${process.pid}`;
    await writeFile(next, JSON.stringify(state), { mode: 0o600 });
    await rename(next, path);
  }
}
