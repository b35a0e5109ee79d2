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
    setTimeout(() => this.#continue(this.#ledger.round(performance.now())), this.#intervalMs).unref();
  }

  /** Tells as many as there is time for, and the others when what else there is to do has had its turn. */
  #continue(round: ReturnType<QuotaLedger<QuotaStream>["round"]>): void {
    const endMs = performance.now() + sliceMs;
    while (performance.now() < endMs) {
      const { done, value } = round.next();
      if (done === true) {
        this.#busy = false;
        this.#schedule();
        return;
      }
      for (const news of value) tell(news);
    }
    setImmediate(() => this.#continue(round));
  }
}

const sliceMs = 0.5;

function tell({ client, ...news }: QuotaNews<QuotaStream>): void {
  if ("error" in news) client.fail(news.error);
  else client.act(news.actions);
}
