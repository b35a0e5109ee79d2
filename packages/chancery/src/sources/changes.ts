export interface SettleOptions {
  /** How long it must be quiet after a change. */
  readonly settleMs: number;
  /** How long after the first change to wait for quiet at most. */
  readonly maxSettleMs: number;
  /** Ends the wait after this time even if nothing changes. */
  readonly recheckMs: number | undefined;
  readonly signal: AbortSignal;
  /** Called the first time that it was quiet for `lullMs` after a change, if it is to be quiet for longer. */
  readonly onLull?: () => void;
  readonly lullMs?: number;
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
    const { settleMs, maxSettleMs, recheckMs, signal, onLull, lullMs = settleMs } = options;
    return new Promise((resolve) => {
      let hadLull = onLull === undefined;
      let lull: NodeJS.Timeout | undefined;
      let quiet: NodeJS.Timeout | undefined;
      let turn: NodeJS.Immediate | undefined;
      let limit: NodeJS.Timeout | undefined;
      const finish = () => {
        for (const timer of [lull, quiet, limit, recheck]) clearTimeout(timer);
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
        clearTimeout(lull);
        if (hadLull) return;
        lull = setTimeout(() => {
          hadLull = true;
          onLull?.();
        }, lullMs);
      };
      signal.addEventListener("abort", finish);
      if (this.#changed) this.#onChange();
      if (signal.aborted) finish();
    });
  }
}
