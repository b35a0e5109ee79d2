/** Work that is done one after the other for each key, in the order in which it came. */
export class Queues {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` when all that came before it for this key has ended, well or not; resolves as it does. */
  async add<T>(key: string, work: () => T | Promise<T>): Promise<T> {
    const running = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const ended = running.catch(() => {});
    this.#last.set(key, ended);
    try {
      return await running;
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}
