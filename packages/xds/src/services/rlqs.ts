import { Code, StatusError } from "../grpc/index.ts";
import { type BucketId, bucketKey } from "./bucket-id.ts";
import { type NodeStream, NodeStreams, type ServiceMethod, type StreamReader } from "./node-streams.ts";
import { inPortions } from "./portions.ts";
import { encodeQuotaActions, type QuotaAction } from "./quota-action.ts";
import { type BucketUsage, readUsageDomain, readUsages } from "./quota-usage.ts";

/**
 * An Envoy that wants to be told how many requests it may let through. The protocol has no node: who it is can be known by
 * its certificate, or by headers such as those of `initial_metadata` in the filter's `rlqs_server`.
 * @experimental The protocol is work in progress.
 */
export interface QuotaStream extends NodeStream {
  /** Whose buckets these are, by the first message. */
  readonly domain: string;
  /** The buckets that it has reported and was not told to abandon, by {@link bucketKey}. */
  readonly buckets: ReadonlyMap<string, BucketId>;
  /**
   * Tells it what to do from now on, in this order. After the end of the stream it does nothing. Throws a RangeError for a
   * bucket that it has not reported, and for what no client could obey.
   */
  act(actions: readonly QuotaAction[]): void;
}

/** @experimental */
export interface ReportedUsage extends BucketUsage {
  /** Whether this is the first that is heard of the bucket on this stream: a subscription to assignments for it. */
  readonly first: boolean;
}

/** @experimental */
export interface RateLimitQuotaOptions {
  /** Takes what a client tells of some of its buckets, or of none. A long report comes in portions. */
  readonly onUsage: (usages: readonly ReportedUsage[], stream: QuotaStream) => void;
  /** Called when a client has gone, after its last report. */
  readonly onClose?: (stream: QuotaStream) => void;
  /** Called for a bucket beyond `maxBuckets`, which the client has been told to abandon. */
  readonly onRefuse?: (bucket: BucketId, stream: QuotaStream) => void;
  /** Buckets one client may have; ids are often made of what requests say. Default: 10,000. */
  readonly maxBuckets?: number;
  /** Shares limits and counters; its own by default. */
  readonly streams?: NodeStreams;
}

/**
 * The rate limit quota service: clients report how many requests of each bucket they let through, and are told how many
 * they may.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/rate_limit_quota/v3/rlqs.proto
 * @experimental The protocol is work in progress.
 */
export function rateLimitQuotaHandlers(options: RateLimitQuotaOptions): readonly ServiceMethod[] {
  const { streams = new NodeStreams(), maxBuckets = 10_000 } = options;
  if (!(maxBuckets >= 1)) throw new RangeError(`maxBuckets is ${maxBuckets}: it must be at least 1`);
  const method = "/envoy.service.rate_limit_quota.v3.RateLimitQuotaService/StreamRateLimitQuotas";
  const open = (stream: NodeStream) => serve(stream, { ...options, maxBuckets });
  return [{ method, open: (call) => streams.open(call, { nodePath: undefined, open }) }];
}

type Settings = RateLimitQuotaOptions & { readonly maxBuckets: number };

function serve(stream: NodeStream, { onUsage, onClose, onRefuse, maxBuckets }: Settings): StreamReader {
  const buckets = new Map<string, BucketId>();
  let client: QuotaStream | undefined;
  const open = (domain: string): QuotaStream =>
    Object.assign(stream, {
      domain,
      buckets,
      act(actions: readonly QuotaAction[]) {
        if (actions.length === 0) return;
        const abandoned = checkActions(actions, buckets);
        stream.write(encodeQuotaActions(actions));
        for (const key of abandoned) buckets.delete(key);
      },
    });
  const take = (usages: readonly BucketUsage[], client: QuotaStream) => {
    const reported: ReportedUsage[] = [];
    const refused: BucketId[] = [];
    for (const usage of usages) {
      const first = !buckets.has(usage.key);
      if (first && buckets.size >= maxBuckets) {
        refused.push(usage.bucket);
      } else {
        if (first) buckets.set(usage.key, usage.bucket);
        reported.push({ ...usage, first });
      }
    }
    if (refused.length > 0) stream.write(encodeQuotaActions(refused.map((bucket) => ({ bucket, abandon: true }))));
    for (const bucket of refused) onRefuse?.(bucket, client);
    if (reported.length > 0) onUsage(reported, client);
  };
  return {
    *message(bytes) {
      client ??= open(requireDomain(bytes));
      const domain = readUsageDomain(bytes);
      if (domain !== "" && domain !== client.domain) throw otherDomain(client.domain, domain);
      const reporter = client;
      let isEmpty = true;
      yield* inPortions(readUsages(bytes), (usages) => {
        isEmpty = false;
        take(usages, reporter);
      });
      if (isEmpty) onUsage([], client);
    },
    close() {
      if (client !== undefined) onClose?.(client);
    },
  };
}

function requireDomain(bytes: Uint8Array): string {
  const domain = readUsageDomain(bytes);
  if (domain !== "") return domain;
  throw new StatusError(Code.INVALID_ARGUMENT, "the first usage report of a stream must name its domain");
}

function otherDomain(domain: string, other: string): StatusError {
  const message = `this stream is of domain "${domain}": open another one for domain "${other}"`;
  return new StatusError(Code.INVALID_ARGUMENT, message);
}

/** Returns the buckets that are abandoned. */
function checkActions(actions: readonly QuotaAction[], buckets: ReadonlyMap<string, BucketId>): ReadonlySet<string> {
  const abandoned = new Set<string>();
  for (const action of actions) {
    const key = bucketKey(action.bucket);
    if (!buckets.has(key)) {
      throw new RangeError(`Cannot act on bucket ${key}: this client has not reported it, or was told to abandon it`);
    }
    if (abandoned.has(key)) throw new RangeError(`Cannot act on bucket ${key} after it is abandoned`);
    if ("abandon" in action) abandoned.add(key);
  }
  return abandoned;
}
