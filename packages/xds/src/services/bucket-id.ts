import { WireType, type WireWriter } from "@chancery/envoy-api/wire";
import { Code, StatusError } from "../grpc/index.ts";
import { FieldReader, readTextPair } from "./fields.ts";

/** Which bucket of requests is meant: values by name, in any order. At least one; neither names nor values are empty. */
export type BucketId = ReadonlyMap<string, string>;

/** A text that two ids have in common if, and only if, they mean the same bucket. */
export function bucketKey(id: BucketId): string {
  return JSON.stringify([...id].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Reads an `envoy.service.rate_limit_quota.v3.BucketId`. Throws a `StatusError` for one that means no bucket. */
export function readBucketId(bytes: Uint8Array): BucketId {
  const id = new Map<string, string>();
  for (const reader = new FieldReader(bytes); reader.next(); )
    if (reader.field === 1) id.set(...readTextPair(reader.bytes()));
  const problem = problemOf(id);
  if (problem !== undefined) throw new StatusError(Code.INVALID_ARGUMENT, problem);
  return id;
}

/** Writes the fields of an id. Throws a RangeError for one that means no bucket. */
export function writeBucketId(writer: WireWriter, id: BucketId): void {
  const problem = problemOf(id);
  if (problem !== undefined) throw new RangeError(problem);
  for (const [name, value] of id) {
    writer.tag(1, WireType.Bytes).fork();
    writer.tag(1, WireType.Bytes).string(name).tag(2, WireType.Bytes).string(value);
    writer.join();
  }
}

function problemOf(id: BucketId): string | undefined {
  if (id.size === 0) return "a bucket id is empty: it needs at least one name and value";
  for (const [name, value] of id) {
    if (name === "") return `bucket id ${bucketKey(id)} has an empty name`;
    if (value === "") return `bucket id ${bucketKey(id)} has no value for "${name}"`;
  }
  return undefined;
}
