export interface SettleOptions {
  /** How long it must be quiet after a change. */
  readonly settleMs: number;
  /** How long after the first change to wait for quiet at most. */
  readonly maxSettleMs: number;
  /** Ends the wait after this time even if nothing changes. */
  readonly recheckMs: number | undefined;
  readonly signal: AbortSignal;
}

/** Turns bursts of changes into one wake-up each; none is lost between two waits. */
export class Changes {
  #changed = false;
  #onChange: (() => void) | undefined;

  notify(): void {
    this.#changed = true;
    this.#onChange?.();
  }

  /** Resolves when something changed since the last wait and it became quiet, or when the signal aborts. */
  settled(options: SettleOptions): Promise<void> {
    const { settleMs, maxSettleMs, recheckMs, signal } = options;
    return new Promise((resolve) => {
      let quiet: NodeJS.Timeout | undefined;
      let turn: NodeJS.Immediate | undefined;
      let limit: NodeJS.Timeout | undefined;
      const finish = () => {
        for (const timer of [quiet, limit, recheck]) clearTimeout(timer);
        clearImmediate(turn);
        signal.removeEventListener("abort", finish);
        this.#onChange = undefined;
        this.#changed = false;
        resolve();
      };
      const recheck = recheckMs === undefined ? undefined : setTimeout(finish, recheckMs);
      this.#onChange = () => {
        clearTimeout(quiet);
        clearImmediate(turn);
        // While the thread was busy, more may have come than was heard; it is before the next turn.
        quiet = setTimeout(() => {
          turn = setImmediate(finish);
        }, settleMs);
        limit ??= setTimeout(finish, maxSettleMs);
      };
      signal.addEventListener("abort", finish);
      if (this.#changed) this.#onChange();
      if (signal.aborted) finish();
    });
  }
}
