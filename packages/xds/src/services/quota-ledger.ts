import { type BucketId, bucketKey } from "./bucket-id.ts";
import type { QuotaAction, QuotaStrategy } from "./quota-action.ts";
import { splitQuota } from "./quota-shares.ts";
import type { BucketUsage } from "./quota-usage.ts";

/** What all clients together may let through of one bucket. */
export type QuotaRule = "allow" | "deny" | QuotaLimit;

/** @experimental */
export interface QuotaLimit {
  /** A whole number up to 2^32 - 1; 0 denies them all. */
  readonly requests: number;
  readonly per: QuotaPeriod;
  /** How many of them may come at once. Default: all of them. */
  readonly burst?: number;
}

/** @experimental */
export type QuotaPeriod = keyof typeof seconds;

const seconds = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const;

/** @experimental */
export interface QuotaLedgerOptions {
  /** The rule for a bucket of a domain, asked for again and again: it may change. */
  readonly ruleOf: (domain: string, bucket: BucketId) => QuotaRule;
  /** How long an assignment lasts, in whole seconds; it is renewed when half of that is over. Default: 60. */
  readonly ttlSeconds?: number;
  /** A bucket without requests for so long is abandoned, in seconds. Default: 600. */
  readonly idleSeconds?: number;
  /** Shares stay as they are until one would change by more than this part of it. Default: 0.1. */
  readonly minChange?: number;
}

/** What one client has of a bucket. */
export interface QuotaShare<Client> {
  readonly client: Client;
  /** Requests per second that came to it, let through or not, of late. */
  readonly demand: number;
  /** What it was told. */
  readonly strategy: QuotaStrategy | undefined;
}

export interface QuotaBucket<Client> {
  readonly domain: string;
  readonly bucket: BucketId;
  readonly rule: QuotaRule;
  readonly shares: readonly QuotaShare<Client>[];
}

/** What a client is to be told, or why nobody can say what. */
export type QuotaNews<Client> =
  | { readonly client: Client; readonly actions: readonly QuotaAction[] }
  | { readonly client: Client; readonly error: unknown };

/**
 * Splits what rules allow over the clients that report a bucket, by what comes to each of them. Without clock, timers and
 * I/O: whoever has it says what time it is, in milliseconds that count up.
 * @experimental
 */
export class QuotaLedger<Client extends { readonly domain: string }> {
  readonly #ruleOf: QuotaLedgerOptions["ruleOf"];
  readonly #ttlSeconds: number;
  readonly #idleMs: number;
  readonly #minChange: number;
  readonly #buckets = new Map<string, Bucket<Client>>();
  readonly #bucketsOf = new Map<Client, Set<Bucket<Client>>>();

  constructor({ ruleOf, ttlSeconds = 60, idleSeconds = 600, minChange = 0.1 }: QuotaLedgerOptions) {
    if (!(Number.isInteger(ttlSeconds) && ttlSeconds >= 1)) {
      throw new RangeError(`ttlSeconds is ${ttlSeconds}: it must be a whole number from 1`);
    }
    if (!(idleSeconds > 0)) throw new RangeError(`idleSeconds is ${idleSeconds}: it must be above 0`);
    if (!(minChange >= 0)) throw new RangeError(`minChange is ${minChange}: it must not be negative`);
    this.#ruleOf = ruleOf;
    this.#ttlSeconds = ttlSeconds;
    this.#idleMs = idleSeconds * 1000;
    this.#minChange = minChange;
  }

  /** Whether there is nothing to do until something is reported. */
  get empty(): boolean {
    return this.#buckets.size === 0;
  }

  /** Takes a report. Returns what the client is to be told at once, which is something when it is its first of the bucket. */
  report(client: Client, usage: BucketUsage, nowMs: number): readonly QuotaAction[] {
    const key = JSON.stringify([client.domain, usage.key]);
    const bucket = this.#buckets.get(key) ?? newBucket(key, client.domain, usage.bucket);
    const requests = Number(usage.allowed + usage.denied);
    const member = bucket.members.get(client);
    if (member !== undefined) {
      note(member, { requests, elapsedMs: Math.max(usage.elapsedMs, nowMs - member.reportedAtMs), nowMs });
      return [];
    }
    this.#buckets.set(key, bucket);
    bucket.members.set(client, newMember(requests, nowMs));
    bucket.changed = true;
    const buckets = this.#bucketsOf.get(client) ?? new Set();
    this.#bucketsOf.set(client, buckets.add(bucket));
    // The others hear of it with the next round, so that many who come at once cost one.
    const [share = denyAll] = this.#split(bucket, [client]);
    return this.#tell(bucket, client, { strategy: share, nowMs });
  }

  /** The client has gone: its shares are the others'. */
  leave(client: Client): void {
    for (const bucket of this.#bucketsOf.get(client) ?? []) this.#remove(bucket, client);
  }

  /** What clients are to be told now, a bucket at a time: about once a second is often enough. */
  *round(nowMs: number): Generator<readonly QuotaNews<Client>[], void> {
    for (const bucket of this.#buckets.values()) {
      const news: QuotaNews<Client>[] = [...this.#abandon(bucket, nowMs)];
      try {
        news.push(...this.#update(bucket, nowMs));
      } catch (error) {
        news.push(...[...bucket.members.keys()].map((client) => ({ client, error })));
      }
      yield news;
    }
  }

  /** How everything is split now. */
  *buckets(): Generator<QuotaBucket<Client>, void> {
    for (const { domain, id, members } of this.#buckets.values()) {
      const shares = [...members].map(([client, { demand, told }]) => ({ client, demand, strategy: told }));
      yield { domain, bucket: id, rule: this.#ruleOf(domain, id), shares };
    }
  }

  *#abandon(bucket: Bucket<Client>, nowMs: number): Generator<QuotaNews<Client>, void> {
    for (const [client, { requestedAtMs }] of bucket.members) {
      if (nowMs - requestedAtMs < this.#idleMs) continue;
      this.#remove(bucket, client);
      yield { client, actions: [{ bucket: bucket.id, abandon: true }] };
    }
  }

  *#update(bucket: Bucket<Client>, nowMs: number): Generator<QuotaNews<Client>, void> {
    const clients = [...bucket.members.keys()];
    const strategies = this.#split(bucket, clients);
    const stay = !bucket.changed && !this.#differs(bucket, strategies);
    bucket.changed = false;
    for (const [index, client] of clients.entries()) {
      const strategy = (stay ? bucket.members.get(client)?.told : strategies[index]) ?? denyAll;
      const actions = this.#tell(bucket, client, { strategy, nowMs });
      if (actions.length > 0) yield { client, actions };
    }
  }

  #remove(bucket: Bucket<Client>, client: Client): void {
    bucket.members.delete(client);
    bucket.changed = true;
    if (bucket.members.size === 0) this.#buckets.delete(bucket.key);
    const buckets = this.#bucketsOf.get(client);
    buckets?.delete(bucket);
    if (buckets?.size === 0) this.#bucketsOf.delete(client);
  }

  /** The strategies of some clients when the rule is split over all that have the bucket. */
  #split({ domain, id, members }: Bucket<Client>, clients: readonly Client[]): readonly QuotaStrategy[] {
    const rule = this.#ruleOf(domain, id);
    if (rule === "allow") return clients.map(() => allowAll);
    if (rule === "deny") return clients.map(() => denyAll);
    const { requests, per, burst = requests } = rule;
    if (requests === 0) return clients.map(() => denyAll);
    requireLimit(rule, domain, id);
    // Where there are more clients than requests, each gets one in a longer time.
    const periods = Math.max(1, Math.ceil(members.size / requests));
    const wanted = [...members.values()].map(({ demand }) => Math.max(1, demand * seconds[per] * periods));
    const shares = splitQuota(requests * periods, wanted);
    const shareOf = new Map([...members.keys()].map((client, index) => [client, shares[index] ?? 0]));
    return clients.map((client) => {
      const share = shareOf.get(client) ?? 0;
      const max = Math.max(1, Math.floor((burst * share) / (requests * periods)));
      return { kind: "tokens", tokens: { max, refill: share, seconds: seconds[per] * periods } };
    });
  }

  /** Whether there is more of a change than is worth telling. */
  #differs({ members }: Bucket<Client>, strategies: readonly QuotaStrategy[]): boolean {
    return [...members.values()].some(({ told }, index) => {
      const next = strategies[index];
      if (told?.kind !== "tokens" || next?.kind !== "tokens") return told?.kind !== next?.kind;
      const [before, after] = [told.tokens, next.tokens];
      if (before.seconds !== after.seconds) return true;
      const sizes = [after.refill - before.refill, after.max - before.max].map(Math.abs);
      return Math.max(...sizes) > this.#minChange * before.refill;
    });
  }

  /** What there is to tell, if anything: a strategy that is new, or one that runs out. */
  #tell(bucket: Bucket<Client>, client: Client, { strategy, nowMs }: Told): readonly QuotaAction[] {
    const member = bucket.members.get(client);
    if (member === undefined) return [];
    const { told } = member;
    const isSame = told !== undefined && textOf(told) === textOf(strategy);
    if (isSame && nowMs - member.toldAtMs < this.#ttlSeconds * 500) return [];
    member.told = strategy;
    member.toldAtMs = nowMs;
    const assign = (strategy: QuotaStrategy) => ({ bucket: bucket.id, strategy, ttlSeconds: this.#ttlSeconds });
    // Envoy 1.40 does not notice when only the time differs, unless there was something else in between.
    return differsInTimeOnly(told, strategy) ? [assign(denyAll), assign(strategy)] : [assign(strategy)];
  }
}

const allowAll = { kind: "allow-all" } as const;
const denyAll = { kind: "deny-all" } as const;

interface Told {
  readonly strategy: QuotaStrategy;
  readonly nowMs: number;
}

interface Bucket<Client> {
  readonly key: string;
  readonly domain: string;
  readonly id: BucketId;
  readonly members: Map<Client, Member>;
  /** Whether somebody came or went since it was split. */
  changed: boolean;
}

interface Member {
  demand: number;
  reportedAtMs: number;
  /** When there were requests last. */
  requestedAtMs: number;
  told: QuotaStrategy | undefined;
  toldAtMs: number;
}

function newBucket<Client>(key: string, domain: string, id: BucketId): Bucket<Client> {
  return { key, domain, id, members: new Map(), changed: true };
}

function newMember(requests: number, nowMs: number): Member {
  // Nobody knows yet in which time these came.
  return { demand: requests, reportedAtMs: nowMs, requestedAtMs: nowMs, told: undefined, toldAtMs: nowMs };
}

/** Half of what was known of the demand counts no more after so long. */
const halfLifeMs = 5_000;

function note(
  member: Member,
  { requests, elapsedMs, nowMs }: { requests: number; elapsedMs: number; nowMs: number },
): void {
  if (requests > 0) member.requestedAtMs = nowMs;
  // Without any time in between it belongs to the next report.
  const spanMs = Math.max(elapsedMs, 1);
  const weight = 2 ** (-spanMs / halfLifeMs);
  member.demand = member.demand * weight + (requests / spanMs) * 1000 * (1 - weight);
  member.reportedAtMs = nowMs;
}

function requireLimit({ requests, burst = requests }: QuotaLimit, domain: string, id: BucketId): void {
  const where = `of bucket ${bucketKey(id)} in domain "${domain}"`;
  for (const [name, value] of Object.entries({ requests, burst })) {
    if (Number.isInteger(value) && value >= 1 && value <= 0xffff_ffff) continue;
    throw new RangeError(`${name} ${where} is ${value}: it must be a whole number from 1 to 4294967295`);
  }
}

function textOf(strategy: QuotaStrategy): string {
  if (strategy.kind !== "tokens") return strategy.kind;
  const { max, refill, seconds } = strategy.tokens;
  return `${max} ${refill} ${seconds}`;
}

function differsInTimeOnly(told: QuotaStrategy | undefined, next: QuotaStrategy): boolean {
  if (told?.kind !== "tokens" || next.kind !== "tokens") return false;
  const [before, after] = [told.tokens, next.tokens];
  return before.max === after.max && before.refill === after.refill && before.seconds !== after.seconds;
}
