import type { Resource } from "./resource.ts";
import { WeakValues } from "./weak-values.ts";

/**
 * Remembers, by a digest of it, the text that each resource was read from last, so that what was read once, for
 * whatever group, is found again without parsing it. One text a resource: a writer that spells the same content in ever
 * new ways fills nothing.
 */
export function noteText(resource: Resource, digest: string): void {
  const before = digestOf.get(resource);
  if (before === digest) return;
  if (before !== undefined && byDigest.get(before) === resource) byDigest.delete(before);
  digestOf.set(resource, digest);
  byDigest.set(digest, resource);
}

/** The resource of this type that was read from the same text. */
export function findByText(typeUrl: string, digest: string): Resource | undefined {
  const known = byDigest.get(digest);
  return known?.typeUrl === typeUrl ? known : undefined;
}

const byDigest = new WeakValues<string, Resource>();
const digestOf = new WeakMap<Resource, string>();
