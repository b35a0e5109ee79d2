import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { isSystemError } from "../errors.ts";
import { type LastGood, nothingGood } from "./last-good.ts";

const contents = z.object({
  version: z.literal(1),
  objects: z.record(z.string(), z.object({ origin: z.string(), content: z.unknown() })),
  materials: z.record(
    z.string(),
    z.object({
      cert: z.string().optional(),
      key: z.string().optional(),
      ca: z.string().optional(),
      crl: z.string().optional(),
      secret: z.string().optional(),
    }),
  ),
});

/** Reads what an earlier process has kept; nothing if there is no such file, or none that this version understands. */
export async function readState(path: string): Promise<LastGood> {
  try {
    const parsed = contents.safeParse(JSON.parse(await readFile(path, "utf8")));
    if (!parsed.success) return nothingGood;
    const { objects, materials } = parsed.data;
    return { objects: new Map(Object.entries(objects)), materials: new Map(Object.entries(materials)) };
  } catch (error) {
    if (error instanceof SyntaxError || (isSystemError(error) && error.code === "ENOENT")) return nothingGood;
    throw error;
  }
}

export interface StateFileOptions {
  readonly path: string;
  /** How long nothing must have changed before it is written, in ms; 1000 by default. */
  readonly quietMs?: number;
  readonly onError: (error: unknown) => void;
}

/** Keeps what is good in a file, some time after it has changed, and at the end. Only this user may read it. */
export class StateFile implements AsyncDisposable {
  readonly #options: StateFileOptions;
  #latest: (() => LastGood) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: StateFileOptions) {
    this.#options = options;
  }

  /** `read` is called when it is time to write. */
  keep(read: () => LastGood): void {
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

  async #write({ objects, materials }: LastGood): Promise<void> {
    const { path } = this.#options;
    const state = { version: 1, objects: Object.fromEntries(objects), materials: Object.fromEntries(materials) };
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // A process that dies while it writes leaves the file as it was.
    const next = `${path}.${process.pid}`;
    await writeFile(next, JSON.stringify(state), { mode: 0o600 });
    await rename(next, path);
  }
}
