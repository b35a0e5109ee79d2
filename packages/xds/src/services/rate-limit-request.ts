import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";
import { readTextPair } from "./fields.ts";

/** May what is described be done? `envoy.service.ratelimit.v3.RateLimitRequest`. */
export interface RateLimitRequest {
  readonly domain: string;
  readonly descriptors: readonly RateLimitDescriptor[];
  /** What each descriptor without an addend of its own adds; 0 if not said, which means 1. */
  readonly hitsAddend: number;
}

/**
 * One thing to limit: all its entries together.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/common/ratelimit/v3/ratelimit.proto
 */
export interface RateLimitDescriptor {
  readonly entries: readonly RateLimitEntry[];
  /** The limit that the client itself wants, in place of a configured one. */
  readonly limit?: RateLimitOverride;
  /** Hits that this descriptor adds; 0 only checks. Left out, the request says it. 2^53 - 1 for all above that. */
  readonly hitsAddend?: number;
  /** True if the hits are given back rather than used up. */
  readonly isNegativeHits: boolean;
}

export interface RateLimitEntry {
  readonly key: string;
  readonly value: string;
}

export interface RateLimitOverride {
  readonly requestsPerUnit: number;
  /** A number of {@link RateLimitUnit}; others are what a newer API may have. */
  readonly unit: number;
  /** How many units the limit is for. */
  readonly unitMultiplier: number;
}

/** Numbers of `envoy.service.ratelimit.v3.RateLimitResponse.RateLimit.Unit`; overrides use the same ones. */
export const RateLimitUnit = { SECOND: 1, MINUTE: 2, HOUR: 3, DAY: 4, MONTH: 5, YEAR: 6, WEEK: 7 } as const;

/** One of the numbers in {@link RateLimitUnit}. */
export type RateLimitUnit = (typeof RateLimitUnit)[keyof typeof RateLimitUnit];

/** Reads a request in wire format. Throws a WireError if it is malformed. */
export function readRateLimitRequest(bytes: Uint8Array): RateLimitRequest {
  const reader = new WireReader(bytes);
  const descriptors: RateLimitDescriptor[] = [];
  let domain = "";
  let hitsAddend = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === text(1)) domain = reader.string();
    else if (tag === text(2)) descriptors.push(readDescriptor(reader.bytes()));
    else if (tag === number(3)) hitsAddend = reader.uint32();
    else reader.skip(tag);
  }
  return { domain, descriptors, hitsAddend };
}

function readDescriptor(bytes: Uint8Array): RateLimitDescriptor {
  const reader = new WireReader(bytes);
  const entries: RateLimitEntry[] = [];
  let limit: RateLimitOverride | undefined;
  let hitsAddend: number | undefined;
  let isNegativeHits = false;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === text(1)) entries.push(readEntry(reader.bytes()));
    else if (tag === text(2)) limit = readOverride(reader.bytes());
    else if (tag === text(3)) hitsAddend = readWrapped(reader.bytes());
    else if (tag === number(4)) isNegativeHits = reader.bool();
    else reader.skip(tag);
  }
  return {
    entries,
    ...(limit !== undefined && { limit }),
    ...(hitsAddend !== undefined && { hitsAddend }),
    isNegativeHits,
  };
}

function readEntry(bytes: Uint8Array): RateLimitEntry {
  const [key, value] = readTextPair(bytes);
  return { key, value };
}

function readOverride(bytes: Uint8Array): RateLimitOverride {
  const reader = new WireReader(bytes);
  let requestsPerUnit = 0;
  let unit = 0;
  let unitMultiplier: number | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === number(1)) requestsPerUnit = reader.uint32();
    else if (tag === number(2)) unit = reader.int32();
    else if (tag === text(3)) unitMultiplier = readWrapped(reader.bytes());
    else reader.skip(tag);
  }
  return { requestsPerUnit, unit, unitMultiplier: unitMultiplier || 1 };
}

/** The number in a `UInt32Value` or `UInt64Value`, as far as numbers are exact: more is more than any limit, too. */
function readWrapped(bytes: Uint8Array): number {
  const reader = new WireReader(bytes);
  let value = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === number(1)) value = Math.min(Number(reader.uint64()), Number.MAX_SAFE_INTEGER);
    else reader.skip(tag);
  }
  return value;
}

function text(field: number): number {
  return makeTag(field, WireType.Bytes);
}

function number(field: number): number {
  return makeTag(field, WireType.Varint);
}
