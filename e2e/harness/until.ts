import { setTimeout } from "node:timers/promises";

export interface UntilOptions {
  /** 10 seconds by default. */
  readonly withinMs?: number;
}

/**
 * Returns the first value of `look` that is neither false nor undefined; `look` may throw meanwhile. For what another
 * process does without telling: it is asked again every few milliseconds.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | undefined> | T | false | undefined,
  options: UntilOptions = {},
): Promise<T> {
  const { withinMs = 10_000 } = options;
  const deadline = performance.now() + withinMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await look();
      if (value !== false && value !== undefined) return value;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`Not seen within ${withinMs} ms: ${what}`, { cause });
    await setTimeout(20);
  }
}
