import { spareTurns } from "../grpc/index.ts";
import type { QuotaAction } from "./quota-action.ts";
import { type QuotaBucket, QuotaLedger, type QuotaLedgerOptions, type QuotaNews } from "./quota-ledger.ts";
import type { QuotaStream, RateLimitQuotaOptions } from "./rlqs.ts";

/** @experimental */
export interface QuotaSharingOptions extends QuotaLedgerOptions {
  /** How often shares are looked at again, in milliseconds. Default: 1,000. */
  readonly intervalMs?: number;
}

/**
 * Splits limits over the Envoys that report a bucket: `rateLimitQuotaHandlers(new QuotaSharing({ ruleOf }))`. An Envoy gets
 * a share as soon as it reports a bucket, and another as the requests come to it or to others; when its stream ends, its
 * share is theirs.
 * @experimental
 */
export class QuotaSharing implements RateLimitQuotaOptions {
  readonly #ledger: QuotaLedger<QuotaStream>;
  readonly #intervalMs: number;
  #busy = false;

  constructor({ intervalMs = 1_000, ...options }: QuotaSharingOptions) {
    if (!(intervalMs >= 1)) throw new RangeError(`intervalMs is ${intervalMs}: it must be at least 1`);
    this.#intervalMs = intervalMs;
    this.#ledger = new QuotaLedger(options);
  }

  /** How everything is split now. */
  get buckets(): Iterable<QuotaBucket<QuotaStream>> {
    return this.#ledger.buckets();
  }

  readonly onUsage: RateLimitQuotaOptions["onUsage"] = (usages, stream) => {
    const nowMs = performance.now();
    stream.act(usages.flatMap((usage) => this.#ledger.report(stream, usage, nowMs)));
    this.#schedule();
  };

  readonly onClose = (stream: QuotaStream): void => this.#ledger.leave(stream);

  /** While there are buckets, and then once more. */
  #schedule(): void {
    if (this.#busy || this.#ledger.empty) return;
    this.#busy = true;
    setTimeout(() => this.#goOn(this.#ledger.round(performance.now())), this.#intervalMs).unref();
  }

  #goOn(round: Round): void {
    spareTurns.add(() => this.#tellSome(round));
  }

  /** Tells of as many buckets as there is time for, and of the others when what else there is to do has had its turn. */
  #tellSome(round: Round): void {
    const endMs = performance.now() + sliceMs;
    const told = new Map<QuotaStream, QuotaAction[]>();
    let next = round.next();
    while (next.done !== true) {
      for (const news of next.value) note(news, told);
      if (performance.now() >= endMs) break;
      next = round.next();
    }
    for (const [client, actions] of told) tell(client, actions);
    if (next.done !== true) {
      this.#goOn(round);
      return;
    }
    this.#busy = false;
    this.#schedule();
  }
}

type Round = ReturnType<QuotaLedger<QuotaStream>["round"]>;

const sliceMs = 0.5;

/** Puts together what a client is told in one message. */
function note(news: QuotaNews<QuotaStream>, told: Map<QuotaStream, QuotaAction[]>): void {
  const { client } = news;
  if ("error" in news) {
    client.fail(news.error);
    return;
  }
  const actions = told.get(client) ?? [];
  actions.push(...news.actions);
  told.set(client, actions);
}

function tell(client: QuotaStream, actions: readonly QuotaAction[]): void {
  try {
    client.act(actions);
  } catch (error) {
    client.fail(error);
  }
}
