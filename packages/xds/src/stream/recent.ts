/**
 * What was made of objects of late, for all who ask for it soon; what nobody asked for in the last half a second, or in
 * the last `maxBytes` that were made, is made again. That is over all instances: they hold on to each other's values.
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
    ageSoon();
    return value;
  }

  #age(): void {
    this.#old = this.#young;
    this.#young = new WeakMap();
  }
}

/** The responses of a few thousand resources. As much again may be older. */
const maxBytes = 2 * 1024 * 1024;
/** Of what is young. */
let bytes = 0;
const instances: (() => void)[] = [];

let isAging = false;

function ageAll(): void {
  bytes = 0;
  for (const age of instances) age();
}

/** Also what is little goes when nobody wants it any longer: after it has aged twice. */
function ageSoon(): void {
  if (isAging) return;
  isAging = true;
  setTimeout(() => {
    isAging = false;
    const isNew = bytes > 0;
    ageAll();
    if (isNew) ageSoon();
  }, everyMs).unref();
}

const everyMs = 500;
