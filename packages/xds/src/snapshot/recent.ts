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

  /** What was made of the object of late, if anything was. */
  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    return old === undefined ? undefined : this.#keep(key, old);
  }

  of(key: K, make: () => V): V {
    return this.get(key) ?? this.#keep(key, make());
  }

  #keep(key: K, value: V): V {
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

/** The same where several values are made of an object, each under a name, which are the same for many who ask. */
export class RecentByName<K extends object, V> {
  readonly #most: number;
  readonly #recent = new Recent<K, Named<V>>(() => namedBytes);

  /** No more than `most` values of one object are kept: others take the place of all but the first. */
  constructor(most: number) {
    this.#most = most;
  }

  of(key: K, name: string, make: () => V): V {
    const named = this.#recent.of(key, newNamed<V>);
    if (named.name === name) return named.value as V; // it is there when its name is
    const known = named.others?.get(name);
    if (known !== undefined) return known;
    const value = make();
    if (named.name === undefined) {
      named.name = name;
      named.value = value;
    } else {
      named.others ??= new Map();
      if (named.others.size >= this.#most - 1) named.others.clear();
      named.others.set(name, value);
    }
    return value;
  }
}

/** Mostly there is one value, for which a map would take as long as to make it. */
interface Named<V> {
  name: string | undefined;
  value: V | undefined;
  others: Map<string, V> | undefined;
}

function newNamed<V>(): Named<V> {
  return { name: undefined, value: undefined, others: undefined };
}

/** About what a few values take that consist of what is counted elsewhere. */
const namedBytes = 1024;

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
