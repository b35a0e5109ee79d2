/** What was found out lately, by key: up to so many, each until its time. */
export class Recent<V> {
  readonly #max: number;
  readonly #entries = new Map<string, { readonly value: V; readonly untilMs: number }>();

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string, nowMs: number): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.untilMs > nowMs) return entry?.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** Of more than there may be, the oldest goes. */
  set(key: string, value: V, untilMs: number): void {
    this.#entries.delete(key);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= this.#max && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, { value, untilMs });
  }
}
