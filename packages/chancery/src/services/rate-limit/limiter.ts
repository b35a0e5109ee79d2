import { Code, StatusError } from "@chancery/xds/grpc";
import {
  type RateLimitDescriptor,
  type RateLimitRequest,
  type RateLimitResponse,
  RateLimitUnit,
} from "@chancery/xds/services";
import type { Charge, Count } from "./count.ts";
import { type Domain, findRule, keyOf, metricOf } from "./domain.ts";
import { type Asked, type Decision, type HeaderNames, toResponse } from "./respond.ts";
import { type Limit, type Rule, units } from "./rule.ts";
import { noteCount, noteUnlimited, Statistics } from "./statistics.ts";
import { type Store, StoreLost } from "./store.ts";

export interface LimiterOptions {
  readonly store: Store;
  /** What a request gets while the counts are out of reach. Default: `allow`. */
  readonly onLoss?: "allow" | "deny" | undefined;
  /** Count as ever, and let everything through. Default: false. */
  readonly shadow?: boolean | undefined;
  /** Tell who is limited by headers: RateLimit-Limit, -Remaining and -Reset, or of other names. Default: false. */
  readonly headers?: boolean | HeaderNames | undefined;
  /** Beyond what part of a limit hits are near it, for statistics, from 0 to 1. Default: 0.8. */
  readonly nearRatio?: number | undefined;
  /** Tell the client of the request and of quotas that are used up, in dynamic metadata. Default: false. */
  readonly dynamicMetadata?: boolean | undefined;
}

/** Decides on requests by the rules of their domain. */
export class Limiter {
  readonly statistics = new Statistics();
  readonly #options: LimiterOptions;
  #domains: ReadonlyMap<string, Domain> | undefined;
  #isComplete = false;
  #unmatched = 0;
  #shadowed = 0;

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  /** By name; undefined before there were any. */
  get domains(): ReadonlyMap<string, Domain> | undefined {
    return this.#domains;
  }

  /** Descriptors that no rule is for. */
  get unmatched(): number {
    return this.#unmatched;
  }

  /** Requests over a limit that were let through because of `shadow`. */
  get shadowed(): number {
    return this.#shadowed;
  }

  /**
   * Goes on with other rules. Counts stay: they belong to what is counted. Of domains that it does not have it says that it
   * has no limits, or, while there may be others (not `isComplete`), it has no answer.
   */
  use(domains: ReadonlyMap<string, Domain>, { isComplete = true }: { readonly isComplete?: boolean } = {}): void {
    this.#domains = domains;
    this.#isComplete = isComplete;
    this.statistics.keep([...domains.values()].flatMap(({ rules }) => rules));
  }

  /** The decision on a request with a domain and descriptors. Throws a `StatusError`, or rejects with one, if there is none. */
  decide(request: RateLimitRequest): RateLimitResponse | Promise<RateLimitResponse> {
    const asked = this.#match(request);
    const charges = asked.flatMap(({ charge }) => charge ?? []);
    if (charges.length === 0) return this.#respond(request, asked, []);
    try {
      const counts = this.#options.store.count(charges);
      if (!(counts instanceof Promise)) return this.#respond(request, asked, counts);
      return counts.then(
        (late) => this.#respond(request, asked, late),
        (error: unknown) => this.#respondWithout(request, asked, error),
      );
    } catch (error) {
      return this.#respondWithout(request, asked, error);
    }
  }

  /** What each descriptor is to be charged for; those that others replace for nothing. */
  #match(request: RateLimitRequest): readonly Asked[] {
    const domain = this.#domains?.get(request.domain);
    if (domain === undefined && !this.#isComplete) {
      throw new StatusError(Code.UNAVAILABLE, `no files say anything of the domain "${request.domain}" so far`);
    }
    const asked = request.descriptors.map((descriptor) => toAsked(domain, descriptor, hitsOf(request, descriptor)));
    const replaced = new Set(asked.flatMap(({ rule }) => rule?.replaces ?? []));
    if (replaced.size === 0) return asked;
    return asked.map((one) => (one.rule?.limit && replaced.has(one.rule.label) ? nothing : one));
  }

  #respond(request: RateLimitRequest, asked: readonly Asked[], counts: readonly Count[]): RateLimitResponse {
    let next = 0;
    const decisions = asked.map((one) => this.#note(one, one.charge && counts[next++]));
    return this.#finish(request, decisions);
  }

  /** Nothing is known of the counts; what the options say of that is done, but nothing is counted. */
  #respondWithout(request: RateLimitRequest, asked: readonly Asked[], error: unknown): RateLimitResponse {
    if (!(error instanceof StoreLost)) throw error;
    const denied = this.#options.onLoss === "deny";
    const decisions = asked.map(
      (one): Decision => ({ asked: one, over: denied && one.charge !== undefined && one.charge.hits >= 0 }),
    );
    return this.#finish(request, decisions);
  }

  #finish(request: RateLimitRequest, decisions: readonly Decision[]): RateLimitResponse {
    const { shadow = false } = this.#options;
    const response = toResponse(request, decisions, this.#options);
    if (!shadow || response.overallCode === "OK") return response;
    this.#shadowed++;
    return { ...response, overallCode: "OK" };
  }

  #note(asked: Asked, count: Count | undefined): Decision {
    const { rule, metric, charge, hits } = asked;
    if (rule === undefined) {
      if (asked !== nothing) this.#unmatched++;
      return { asked, over: false };
    }
    const stats = this.statistics.of({ domain: rule.domain, name: metric, rule: rule.name });
    if (charge === undefined || count === undefined) {
      noteUnlimited(stats, hits);
      return { asked, over: false };
    }
    const { nearRatio = 0.8 } = this.#options;
    noteCount(stats, count, { hits, most: mostOf(charge), shadow: rule.shadow || rule.quota, nearRatio });
    return { asked, over: count.over, count };
  }
}

/** A descriptor that is not limited, since another of the request is in its place. */
const nothing: Asked = { rule: undefined, charge: undefined, metric: "", hits: 0 };

/** An addend that the descriptor has itself may be 0, one of the request is 1 then. */
function hitsOf(request: RateLimitRequest, { hitsAddend, isNegativeHits }: RateLimitDescriptor): number {
  const hits = hitsAddend ?? Math.max(1, request.hitsAddend);
  return isNegativeHits ? -hits : hits;
}

function toAsked(domain: Domain | undefined, descriptor: RateLimitDescriptor, hits: number): Asked {
  const none: Asked = { rule: undefined, charge: undefined, metric: "", hits };
  if (domain === undefined || descriptor.entries.length === 0) return none;
  if (descriptor.limit !== undefined) return toOverridden(domain, descriptor, hits);
  const match = findRule(domain, descriptor);
  if (match === undefined) return none;
  const { rule, key, metric } = match;
  return { rule, metric, hits, charge: rule.limit && toCharge(rule.limit, key, hits) };
}

function toCharge({ requests, windowMs, algorithm, burst }: Limit, key: string, hits: number): Charge {
  return { key, hits, requests, windowMs, algorithm, burst };
}

/** A descriptor with a limit of its own is counted as it is, by that. */
function toOverridden({ name }: Domain, { entries, limit }: RateLimitDescriptor, hits: number): Asked {
  const { requestsPerUnit: requests, unit: unitNumber, unitMultiplier } = limit ?? noLimit;
  const unit = Object.values(units).find(({ number }) => number === unitNumber);
  if (unit === undefined) {
    throw new StatusError(Code.INVALID_ARGUMENT, `a descriptor has a limit for unit ${unitNumber}, which there is not`);
  }
  const current = { requestsPerUnit: requests, unit: unit.number, unitMultiplier };
  const windowMs = Math.min(unit.ms * unitMultiplier, longestMs);
  const own: Limit = { requests, windowMs, algorithm: "fixed_window", burst: requests, current };
  const rule: Rule = { ...plain, domain: name, name: `${name}.(own limit)`, limit: own };
  return { rule, metric: metricOf(name, entries), hits, charge: toCharge(own, keyOf(name, entries), hits) };
}

/** Ten thousand years, which is as much as a duration can say. */
const longestMs = 10_000 * units.year.ms;

const noLimit = { requestsPerUnit: 0, unit: RateLimitUnit.SECOND, unitMultiplier: 1 };
const plain = { label: "", replaces: [], shadow: false, quota: false, detailedMetric: false };

/** How many hits may be in use at once. */
function mostOf({ algorithm, burst, requests }: Charge): number {
  return algorithm === "gcra" ? burst : requests;
}
