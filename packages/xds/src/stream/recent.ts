/**
 * What was made of objects of late, for all who ask for it soon; what few asked for long ago is made again. As much is
 * kept as `maxBytes` says, twice at most, over all instances: they hold on to each other's values.
 */
export class Recent<K extends object, V> {
  readonly #sizeOf: (value: V) => number;
  #young = new WeakMap<K, V>();
  #old = new WeakMap<K, V>();

  constructor(sizeOf: (value: V) => number) {
    this.#sizeOf = sizeOf;
    instances.push(() => this.#age());
  }

  of(key: K, make: () => V): V {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const value = this.#old.get(key) ?? make();
    this.#young.set(key, value);
    bytes += this.#sizeOf(value);
    if (bytes > maxBytes) ageAll();
    return value;
  }

  #age(): void {
    this.#old = this.#young;
    this.#young = new WeakMap();
  }
}

/** The responses of a few thousand resources. */
const maxBytes = 2 * 1024 * 1024;
/** Of what is young. */
let bytes = 0;
const instances: (() => void)[] = [];

function ageAll(): void {
  bytes = 0;
  for (const age of instances) age();
}
