/** A map that does not keep its values alive: a value that nobody else holds is forgotten some time later. */
export class WeakValues<K, V extends object> {
  readonly #references = new Map<K, WeakRef<V>>();
  #sweepAt = 1024;

  get(key: K): V | undefined {
    return this.#references.get(key)?.deref();
  }

  set(key: K, value: V): void {
    if (this.#references.size >= this.#sweepAt) this.#sweep();
    this.#references.set(key, new WeakRef(value));
  }

  delete(key: K): void {
    this.#references.delete(key);
  }

  /** Runs when the map has doubled, so that its cost for each value set stays constant. */
  #sweep(): void {
    for (const [key, reference] of this.#references) if (reference.deref() === undefined) this.#references.delete(key);
    this.#sweepAt = Math.max(1024, this.#references.size * 2);
  }
}
