import { WireReader, WireType } from "../wire/index.ts";

/** One field of a record: its number, what it is when absent, and how an occurrence changes it. */
export interface Slot<T> {
  readonly number: number;
  readonly initial: () => T;
  readonly read: (reader: WireReader, tag: number, before: T) => T;
}

/**
 * Makes a reader for a small message out of its fields; fields that are not named are skipped.
 * It reads descriptors and their options, for which generated code would be too big and too slow to load.
 */
export function record<V extends object>(slots: { readonly [K in keyof V]: Slot<V[K]> }): (bytes: Uint8Array) => V {
  // A slot only ever gets back what it gave, so that its type may be forgotten here.
  const entries = Object.entries<Slot<unknown>>(slots as Record<string, Slot<unknown>>);
  const byNumber = new Map(entries.map(([name, slot]) => [slot.number, { name, slot }]));
  return (bytes) => {
    const values: Record<string, unknown> = {};
    for (const [name, slot] of entries) values[name] = slot.initial();
    const reader = new WireReader(bytes);
    while (!reader.done) {
      const tag = reader.tag();
      const field = byNumber.get(tag >>> 3);
      if (field === undefined) reader.skip(tag);
      else values[field.name] = field.slot.read(reader, tag, values[field.name]);
    }
    return values as V; // every name has its slot's value
  };
}

/** A value that is undefined unless present; the last occurrence counts. */
export function maybe<T>(number: number, read: (reader: WireReader) => T): Slot<T | undefined> {
  return { number, initial: () => undefined, read };
}

/** A value with a default; the last occurrence counts. */
export function either<T>(number: number, read: (reader: WireReader) => T, absent: T): Slot<T> {
  return { number, initial: () => absent, read };
}

/** All occurrences in order. */
export function list<T>(number: number, read: (reader: WireReader) => T): Slot<readonly T[]> {
  return { number, initial: () => [], read: (reader, _, before) => [...before, read(reader)] };
}

/** Numbers, packed or not. */
export function numbers<T>(number: number, read: (reader: WireReader) => T): Slot<readonly T[]> {
  return {
    number,
    initial: () => [],
    read: (reader, tag, before) => {
      if ((tag & 7) !== WireType.Bytes) return [...before, read(reader)];
      const packed = new WireReader(reader.bytes());
      const values = [...before];
      while (!packed.done) values.push(read(packed));
      return values;
    },
  };
}

export const text = (reader: WireReader): string => reader.string();
export const flag = (reader: WireReader): boolean => reader.bool();
export const int32 = (reader: WireReader): number => reader.int32();
export const count = (reader: WireReader): number => reader.varint();
export const bytes = (reader: WireReader): Uint8Array => reader.bytes();
