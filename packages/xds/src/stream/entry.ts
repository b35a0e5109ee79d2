import { WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { Resource } from "../resource/resource.ts";

/**
 * How a response carries a resource: as it is, in SotW; or in a `Resource` with its name and version, in delta. Clients
 * that can read it get what has a time to live so in SotW too.
 */
export type Form = "sotw" | "wrapped" | "delta";

/** The entry of a resource in the repeated field of a response, tag and length included. */
export function entryIn(resource: Resource, form: Form): Uint8Array {
  if (form === "delta") return resource.entry;
  return isWrapped(resource, form) ? wrap(resource.entry) : resource.any;
}

/** How many bytes that has. */
export function lengthIn(resource: Resource, form: Form): number {
  if (form === "delta") return resource.length;
  return isWrapped(resource, form) ? wrap(resource.entry).length : resource.length - resource.anyStart;
}

/** Writes the same over other bytes, from a place on; returns its length. */
export function writeEntry(resource: Resource, form: Form, target: Uint8Array, at: number): number {
  if (form === "delta") return resource.copyEntry(target, at);
  if (!isWrapped(resource, form)) return resource.copyAny(target, at);
  const entry = wrap(resource.entry);
  target.set(entry, at);
  return entry.length;
}

function isWrapped({ ttlMs }: Resource, form: Form): boolean {
  return form === "wrapped" && ttlMs !== undefined;
}

/** The entry that says that a resource still lives: without its content. */
export function heartbeatEntry(resource: Resource, form: Form): Uint8Array {
  const head = messageOf(resource.entry.subarray(0, resource.anyStart));
  const entry = new WireWriter().tag(resourcesField, WireType.Bytes).bytes(head).finish();
  return form === "delta" ? entry : wrap(entry);
}

const resourcesField = 2;
const wrapperUrl = "type.googleapis.com/envoy.service.discovery.v3.Resource";

/** Puts the `Resource` of a delta entry into an `Any`. */
function wrap(entry: Uint8Array): Uint8Array {
  const message = messageOf(entry);
  const any = new WireWriter(wrapperUrl.length + message.length + 16);
  any.tag(1, WireType.Bytes).string(wrapperUrl).tag(2, WireType.Bytes).bytes(message);
  return new WireWriter(any.length + 8).tag(resourcesField, WireType.Bytes).bytes(any.finish()).finish();
}

/** What follows the tag and the length of an entry. */
function messageOf(entry: Uint8Array): Uint8Array {
  const reader = new WireReader(entry);
  reader.tag();
  reader.varint();
  return entry.subarray(reader.pos);
}
