import { Code, StatusError } from "../grpc/index.ts";
import { type BucketId, bucketKey, readBucketId } from "./bucket-id.ts";
import { FieldReader } from "./fields.ts";
import { MessageView } from "./message-view.ts";

/** What became of the requests of one bucket since the report before. */
export interface BucketUsage {
  readonly bucket: BucketId;
  /** {@link bucketKey} of the bucket. */
  readonly key: string;
  /** How long that was, in milliseconds. Envoy counts whole seconds: 0 in the first report, or when reports are frequent. */
  readonly elapsedMs: number;
  readonly allowed: bigint;
  readonly denied: bigint;
}

/** The domain in a `RateLimitQuotaUsageReports`; "" without one. */
export function readUsageDomain(bytes: Uint8Array): string {
  let domain = "";
  for (const reader = new FieldReader(bytes); reader.next(); ) if (reader.field === 1) domain = reader.string();
  return domain;
}

/**
 * Reads a `RateLimitQuotaUsageReports` bucket by bucket; there may be none, as Envoy reports when it has none, too. Throws a
 * `StatusError` for what the API does not allow.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/rate_limit_quota/v3/rlqs.proto
 */
export function* readUsages(bytes: Uint8Array): Generator<BucketUsage, void> {
  for (const reader = new FieldReader(bytes); reader.next(); ) if (reader.field === 2) yield readUsage(reader.bytes());
}

function readUsage(bytes: Uint8Array): BucketUsage {
  let bucket: BucketId | undefined;
  let allowed = 0n;
  let denied = 0n;
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) bucket = readBucketId(reader.bytes());
    else if (reader.field === 3) allowed = reader.uint64();
    else if (reader.field === 4) denied = reader.uint64();
  }
  if (bucket === undefined) throw new StatusError(Code.INVALID_ARGUMENT, "a usage report names no bucket");
  const key = bucketKey(bucket);
  const elapsedMs = new MessageView(bytes).milliseconds(2) ?? 0;
  if (elapsedMs >= 0) return { bucket, key, elapsedMs, allowed, denied };
  throw new StatusError(
    Code.INVALID_ARGUMENT,
    `time_elapsed of bucket ${key} is ${elapsedMs} ms: it cannot be negative`,
  );
}
