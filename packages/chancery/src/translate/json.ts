import type { EndpointAddress } from "../model/endpoint.ts";

/** A `google.protobuf.Duration` as proto3 JSON. */
export function toDuration(ms: number): string {
  return `${ms / 1000}s`;
}

/** An `Any` as proto3 JSON: the full name of a message, and its fields. */
export function typed<T extends object>(type: string, fields: T): T & { readonly "@type": string } {
  return { "@type": `type.googleapis.com/${type}`, ...fields };
}

/** An `Any` as proto3 JSON. */
export type TypedConfig = ReturnType<typeof typed>;

/** Runs through what may be said of something and keeps what is there: undefined values are left out. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key in fields) {
    const value = fields[key];
    // What is undefined is left out.
    if (value !== undefined) kept[key] = value as Exclude<T[typeof key], undefined>;
  }
  return kept;
}

/**
 * One object with all that several say of it. `Object.assign` of so many would leave each object a shape of its own, which
 * takes more room than the object.
 */
export function together<T extends object>(parts: Iterable<T | undefined>): T {
  const all: Partial<T> = {};
  for (const part of parts) for (const key in part) all[key] = part[key];
  // It has what the parts have.
  return all as T;
}

/** An `envoy.config.core.v3.Address`. */
export function toAddress(address: EndpointAddress) {
  if (address.kind === "unix") return { pipe: { path: address.path } };
  return { socketAddress: { address: address.host, portValue: address.port } };
}
