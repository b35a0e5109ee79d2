import type {
  RateLimitDescriptor,
  RateLimitHeader,
  RateLimitRequest,
  RateLimitResponse,
  RateLimitStatus,
} from "@chancery/xds/services";
import type { Charge, Count } from "./count.ts";
import type { Rule } from "./rule.ts";

/** What a descriptor asks for, by the rules. */
export interface Asked {
  /** The rule that matches; undefined if none does. */
  readonly rule: Rule | undefined;
  /** What statistics call it. */
  readonly metric: string;
  readonly hits: number;
  /** Undefined if nothing is counted for it. */
  readonly charge: Charge | undefined;
}

/** What became of it. */
export interface Decision {
  readonly asked: Asked;
  readonly over: boolean;
  /** Undefined if nothing was counted. */
  readonly count?: Count;
}

/** How the headers are called that tell who is limited. */
export interface HeaderNames {
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

const usualNames: HeaderNames = {
  limit: "RateLimit-Limit",
  remaining: "RateLimit-Remaining",
  reset: "RateLimit-Reset",
};

interface RespondOptions {
  readonly headers?: boolean | HeaderNames | undefined;
  readonly dynamicMetadata?: boolean | undefined;
}

/** Says what was decided, as envoyproxy/ratelimit does. */
export function toResponse(
  request: RateLimitRequest,
  decisions: readonly Decision[],
  { headers = false, dynamicMetadata = false }: RespondOptions,
): RateLimitResponse {
  const statuses = decisions.map(toStatus);
  const isOver = statuses.some(({ code }) => code === "OVER_LIMIT");
  return {
    overallCode: isOver ? "OVER_LIMIT" : "OK",
    statuses,
    ...(headers !== false && { responseHeadersToAdd: toHeaders(statuses, headers === true ? usualNames : headers) }),
    ...(dynamicMetadata && { dynamicMetadata: toMetadata(request, decisions) }),
  };
}

/** What remains of no limit at all. */
const endless = 0xffff_ffff;

function toStatus({ asked: { rule, charge }, over, count }: Decision): RateLimitStatus {
  if (rule === undefined) return { code: "OK", limitRemaining: 0 };
  const { limit, shadow, quota } = rule;
  if (limit === undefined || charge === undefined) return { code: "OK", limitRemaining: endless };
  const code = over && !shadow && !quota ? "OVER_LIMIT" : "OK";
  // The counts are out of reach: what remains is not known, and clients are not to believe that it is nothing.
  if (count === undefined) return { code, limitRemaining: 0 };
  const most = charge.algorithm === "gcra" ? charge.burst : charge.requests;
  return {
    code,
    currentLimit: limit.current,
    limitRemaining: over ? 0 : Math.max(0, Math.floor(most - count.after)),
    // In whole seconds, and never none while something is in use: clients wait for this long.
    durationUntilResetMs: Math.ceil(count.resetMs / 1000) * 1000,
  };
}

/** The limit that is over, or else the one with the least left. https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/03/ */
function toHeaders(statuses: readonly RateLimitStatus[], names: HeaderNames): readonly RateLimitHeader[] {
  let tightest: RateLimitStatus | undefined;
  for (const status of statuses) {
    if (status.currentLimit === undefined) continue;
    if (
      status.code === "OVER_LIMIT" ||
      status.limitRemaining < (tightest?.limitRemaining ?? Number.POSITIVE_INFINITY)
    ) {
      tightest = status;
    }
  }
  if (tightest?.currentLimit === undefined) return [];
  const { currentLimit, limitRemaining, durationUntilResetMs = 0 } = tightest;
  return [
    { key: names.limit, value: String(currentLimit.requestsPerUnit) },
    { key: names.remaining, value: String(limitRemaining) },
    { key: names.reset, value: String(durationUntilResetMs / 1000) },
  ];
}

function toMetadata(
  request: RateLimitRequest,
  decisions: readonly Decision[],
): NonNullable<RateLimitResponse["dynamicMetadata"]> {
  const { domain, descriptors, hitsAddend } = request;
  const violations = decisions.flatMap(({ asked, over }, index) => (over && asked.rule?.quota ? [index] : []));
  return {
    domain,
    descriptors: descriptors.map(toDescriptorMetadata),
    ...(hitsAddend > 0 && { hitsAddend }),
    ...(violations.length > 0 && { quotaModeViolations: violations }),
    quotaModeEnabled: decisions.some(({ asked }) => asked.rule?.quota),
  };
}

function toDescriptorMetadata({ entries, hitsAddend }: RateLimitDescriptor) {
  return {
    entries: entries.map(({ key, value }) => `${key}=${value}`),
    ...(hitsAddend !== undefined && { hitsAddend }),
  };
}
