import { hash } from "node:crypto";
import type { Resource } from "../resource/resource.ts";
import { SortedMap } from "./sorted-map.ts";
import { summary } from "./summary.ts";

/** Resources of one type by name. */
export type ResourceMap = SortedMap<Resource>;

/** All resources of one type in a snapshot. */
export interface ResourceSet {
  readonly typeUrl: string;
  readonly resources: ResourceMap;
  /** What SotW clients see as `version_info`: what the caller gave, else 16 hex digits that follow from the content. */
  readonly version: string;
}

export function toResourceSet(typeUrl: string, resources: ResourceMap, version?: string): ResourceSet {
  return { typeUrl, resources, version: version ?? contentVersion(resources) };
}

/** The set after some changes, of which the last for a name counts: `before` itself if they change nothing. */
export function changeSet(before: ResourceSet, changes: readonly Change[]): ResourceSet {
  const { typeUrl, resources } = before;
  const next = resources.with(changes);
  if (next === resources) return before;
  if (changes.length <= fewChanges) sumOf.note(next, sumAfter(resources, new Map(changes)));
  return toResourceSet(typeUrl, next);
}

type Change = readonly [name: string, resource: Resource | undefined];

/** So many cost less by themselves than with all that stands beside them. */
const fewChanges = 16;

export function emptyResourceSet(typeUrl: string, version?: string): ResourceSet {
  return toResourceSet(typeUrl, SortedMap.empty(), version);
}

/**
 * A hash of the sum of the resources' fingerprints, which is the same in whatever order and by whatever steps the set was
 * made, and costs O(changes) to bring up to date. The sum alone would say something of secrets.
 */
function contentVersion(resources: ResourceMap): string {
  if (resources.size === 0) return noVersion;
  const { high, low } = sumOf(resources);
  return hash("sha256", `${high} ${low}`).slice(0, noVersion.length);
}

const noVersion = "0".repeat(16);

/** Of fingerprints. */
export interface Sum {
  readonly high: number;
  readonly low: number;
}

/** Notes the sum of a map that has come of several parts, each of which has its own. */
export function noteSum(resources: ResourceMap, parts: readonly Sum[]): void {
  sumOf.note(resources, add(parts));
}

const sumOf = summary<Resource, Sum>(({ values }) => {
  let high = 0;
  let low = 0;
  // Without an iterator, as it runs too seldom to become machine code.
  for (let i = 0; i < values.length; i++) {
    const { fingerprintHigh, fingerprintLow } = values[i] as Resource; // within bounds
    high = (high + fingerprintHigh) | 0;
    low = (low + fingerprintLow) | 0;
  }
  return { high, low };
}, add);

/** The sum of a map after some changes, without a look at what stays. */
function sumAfter(before: ResourceMap, changes: ReadonlyMap<string, Resource | undefined>): Sum {
  let { high, low } = sumOf(before);
  for (const [name, resource] of changes) {
    const replaced = before.get(name);
    high = (high + (resource?.fingerprintHigh ?? 0) - (replaced?.fingerprintHigh ?? 0)) | 0;
    low = (low + (resource?.fingerprintLow ?? 0) - (replaced?.fingerprintLow ?? 0)) | 0;
  }
  return { high, low };
}

function add(parts: readonly Sum[]): Sum {
  let high = 0;
  let low = 0;
  for (const part of parts) {
    high = (high + part.high) | 0;
    low = (low + part.low) | 0;
  }
  return { high, low };
}
