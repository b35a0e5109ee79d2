import type { Logger } from "./logs.ts";

/** So many lines of a kind are written within a second. */
const maxLines = 20;

/** One line for each thing that Envoys do, as long as they are few: of a flood there are the first, and a number each second. */
export class LineLimit implements Disposable {
  readonly #log: Logger;
  readonly #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Writes a line, unless there were too many of its kind, which are those of Envoys that did `what`, such as "connected". */
  write(what: string, line: () => void): void {
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    this.#timer ??= setTimeout(() => this.#next(), 1000).unref();
    if (count <= maxLines) line();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#next();
  }

  /** Says how many were not written, and begins anew. */
  #next(): void {
    this.#timer = undefined;
    for (const [what, count] of this.#counts) {
      const more = count - maxLines;
      if (more > 0) this.#log.warn({ more }, `Within a second ${more} more Envoys ${what}`);
    }
    this.#counts.clear();
  }
}
