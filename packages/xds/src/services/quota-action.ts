import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { type BucketId, bucketKey, writeBucketId } from "./bucket-id.ts";
import { RateLimitUnit } from "./rate-limit-request.ts";

/** What a client is told of one bucket, `RateLimitQuotaResponse.BucketAction`. */
export type QuotaAction = QuotaAssignment | QuotaAbandonment;

/** The client holds back requests of the bucket in this way from now on. */
export interface QuotaAssignment {
  readonly bucket: BucketId;
  readonly strategy: QuotaStrategy;
  /**
   * How long it does, in whole seconds; then its own `expired_assignment_behavior` counts. The same strategy again only
   * lets it last longer. 0 ends it at once. Default: it does not end; Envoy 1.40, though, takes that for 0.
   */
  readonly ttlSeconds?: number;
}

/** The client forgets the bucket, until a request for it comes: then it reports it again as if for the first time. */
export interface QuotaAbandonment {
  readonly bucket: BucketId;
  readonly abandon: true;
}

/** `envoy.type.v3.RateLimitStrategy`. Envoy 1.40 does not know `requests` yet, and goes on as before. */
export type QuotaStrategy =
  | { readonly kind: "allow-all" }
  | { readonly kind: "deny-all" }
  | { readonly kind: "tokens"; readonly tokens: QuotaTokens }
  | { readonly kind: "requests"; readonly requests: number; readonly per: Lowercase<QuotaUnit> };

type QuotaUnit = Exclude<keyof typeof RateLimitUnit, "WEEK">;

/** A token for each request. All are whole numbers from 1 to 2^32 - 1. */
export interface QuotaTokens {
  /** How many there are at most, and at the beginning. */
  readonly max: number;
  /** How many are added ... */
  readonly refill: number;
  /** ... in so many seconds. Envoy counts no parts of them. */
  readonly seconds: number;
}

const writer = new WireWriter();

/** Writes a response in wire format; actions count in their order. Throws a RangeError for what clients could not obey. */
export function encodeQuotaActions(actions: readonly QuotaAction[]): Uint8Array {
  writer.truncate(0);
  for (const action of actions) {
    writer.tag(1, WireType.Bytes).fork();
    writer.tag(1, WireType.Bytes).fork();
    writeBucketId(writer, action.bucket);
    writer.join();
    if ("abandon" in action) writer.tag(3, WireType.Bytes).fork().join();
    else writeAssignment(action);
    writer.join();
  }
  return writer.finish();
}

function writeAssignment({ bucket, strategy, ttlSeconds }: QuotaAssignment): void {
  writer.tag(2, WireType.Bytes).fork();
  if (ttlSeconds !== undefined) {
    requireWhole("ttlSeconds", ttlSeconds, { from: 0, bucket });
    writeSeconds(2, ttlSeconds);
  }
  writer.tag(3, WireType.Bytes).fork();
  writeStrategy(strategy, bucket);
  writer.join().join();
}

function writeStrategy(strategy: QuotaStrategy, bucket: BucketId): void {
  if (strategy.kind === "tokens") {
    const { max, refill, seconds } = strategy.tokens;
    for (const [name, value] of Object.entries({ max, refill, seconds }))
      requireWhole(name, value, { from: 1, bucket });
    writer.tag(3, WireType.Bytes).fork();
    writer.tag(1, WireType.Varint).uint32(max);
    writer.tag(2, WireType.Bytes).fork().tag(1, WireType.Varint).uint32(refill).join();
    writeSeconds(3, seconds);
    writer.join();
  } else if (strategy.kind === "requests") {
    requireWhole("requests", strategy.requests, { from: 0, bucket });
    writer.tag(2, WireType.Bytes).fork();
    writer.tag(1, WireType.Varint).varint(strategy.requests);
    writer.tag(2, WireType.Varint).varint(units[strategy.per]);
    writer.join();
  } else {
    // Zero has to be there: without it no strategy would be set.
    writer.tag(1, WireType.Varint).varint(strategy.kind === "allow-all" ? 0 : 1);
  }
}

const units = {
  second: RateLimitUnit.SECOND,
  minute: RateLimitUnit.MINUTE,
  hour: RateLimitUnit.HOUR,
  day: RateLimitUnit.DAY,
  month: RateLimitUnit.MONTH,
  year: RateLimitUnit.YEAR,
} as const;

function writeSeconds(field: number, seconds: number): void {
  writer.tag(field, WireType.Bytes).fork();
  if (seconds > 0) writer.tag(1, WireType.Varint).varint(seconds);
  writer.join();
}

function requireWhole(name: string, value: number, { from, bucket }: { from: number; bucket: BucketId }): void {
  if (Number.isInteger(value) && value >= from && value <= 0xffff_ffff) return;
  const range = `a whole number from ${from} to 4294967295`;
  throw new RangeError(`${name} of bucket ${bucketKey(bucket)} is ${value}: it must be ${range}`);
}
