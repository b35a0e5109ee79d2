import { Broadcast, type EventStream } from "@chancery/xds";
import { type TraceSummary, toTraceSummary } from "./message.ts";
import type { Traces } from "./traces.ts";

/** Tells of traces to which something was added, each when nothing more has come for a moment. */
export class TraceFollowers {
  readonly #traces: Traces;
  readonly #settleMs: number;
  readonly #followers = new Broadcast<TraceSummary>();
  /** When something was added to them; what was added last comes last. */
  readonly #pending = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param settleMs How long a moment is. */
  constructor(traces: Traces, settleMs = 1_000) {
    this.#traces = traces;
    this.#settleMs = settleMs;
  }

  /** Something was added to a trace. */
  note(id: string): void {
    if (this.#followers.size === 0) return;
    this.#pending.delete(id);
    this.#pending.set(id, performance.now());
    this.#schedule();
  }

  /** Those that match from now on. A slow reader misses some, which its stream counts. */
  follow(matches: (trace: TraceSummary) => boolean, signal: AbortSignal): EventStream<TraceSummary> {
    return this.#followers.subscribe({ matches, signal });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#followers.close();
  }

  #schedule(): void {
    const [first] = this.#pending.values();
    if (this.#timer !== undefined || first === undefined) return;
    const waitMs = Math.max(1, first + this.#settleMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
      this.#schedule();
    }, waitMs).unref();
  }

  #tell(): void {
    const untilMs = performance.now() - this.#settleMs;
    for (const [id, addedMs] of this.#pending) {
      if (addedMs > untilMs) break;
      this.#pending.delete(id);
      // It may have had to make room for others.
      const trace = this.#traces.get(id);
      if (trace !== undefined) this.#followers.send(toTraceSummary(trace));
    }
  }
}
