/**
 * The endpoints that checks found to be unhealthy, by service and address: what is served of endpoints is laid over with
 * it. Many changes are told as one.
 */
export class UnhealthyEndpoints {
  readonly #marked = new Map<string, Set<string>>();
  /** What was told: sets that never change. */
  readonly #told = new Map<string, ReadonlySet<string>>();
  readonly #listeners = new Set<(services: readonly string[]) => void>();
  readonly #changed = new Set<string>();

  /** The services that have such endpoints. */
  get services(): Iterable<string> {
    return this.#told.keys();
  }

  /** The addresses of a service's unhealthy endpoints; undefined if it has none. The same object until that changes. */
  of(service: string): ReadonlySet<string> | undefined {
    return this.#told.get(service);
  }

  /** Says what is known from the start: it holds at once, and nobody is told. */
  restore(known: readonly { readonly service: string; readonly address: string }[]): void {
    for (const [service, endpoints] of Map.groupBy(known, (endpoint) => endpoint.service)) {
      const addresses = new Set(endpoints.map(({ address }) => address));
      this.#marked.set(service, new Set(addresses));
      this.#told.set(service, addresses);
    }
  }

  mark(service: string, address: string, unhealthy: boolean): void {
    const marked = this.#marked.get(service) ?? new Set();
    if (marked.has(address) === unhealthy) return;
    if (unhealthy) marked.add(address);
    else marked.delete(address);
    if (marked.size > 0) this.#marked.set(service, marked);
    else this.#marked.delete(service);
    if (this.#changed.size === 0) setImmediate(this.#tell);
    this.#changed.add(service);
  }

  /** Calls `listener` with the services that changed, until what it returns is called. */
  watch(listener: (services: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly #tell = (): void => {
    const services = [...this.#changed].filter((service) => this.#refresh(service));
    this.#changed.clear();
    if (services.length > 0) for (const listener of this.#listeners) listener(services);
  };

  /** Whether there is something to tell: what is as it was a moment ago is not. */
  #refresh(service: string): boolean {
    const marked = this.#marked.get(service);
    const told = this.#told.get(service);
    if (marked?.size === told?.size && (marked === undefined || marked.isSubsetOf(told ?? marked))) return false;
    if (marked === undefined) this.#told.delete(service);
    else this.#told.set(service, new Set(marked));
    return true;
  }
}
