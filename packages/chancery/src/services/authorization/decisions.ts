import { Broadcast, type EventStream } from "@chancery/xds";
import type { Step } from "./policy.ts";

/** One decision, and why. */
export interface DecisionRecord {
  readonly id: number;
  readonly timeMs: number;
  readonly policy: string;
  readonly rule: string | undefined;
  readonly decision: DecisionKind;
  readonly reason: string;
  /** The HTTP status of a denial, also of one that was not carried out. */
  readonly status: number | undefined;
  /** Whether it was denied and let through all the same. */
  readonly dryRun: boolean;
  /** What the rules that were tried on the way would have said. */
  readonly dryRuns: readonly Step[];
  readonly subject: string | undefined;
  readonly request: RequestSummary;
  readonly durationUs: number;
}

/** What decisions are called: `refuse` is of requests that cannot be decided on, `error` of failures within. */
export const decisionKinds = ["allow", "deny", "refuse", "error"] as const;
export type DecisionKind = (typeof decisionKinds)[number];

/** Without query, headers and body, in which there are credentials. */
export interface RequestSummary {
  readonly id: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly source: string;
}

type Matches = (record: DecisionRecord) => boolean;

/** The newest decisions, in a ring: searched, and followed. */
export class Decisions {
  readonly #max: number;
  readonly #ring: DecisionRecord[] = [];
  readonly #followers = new Broadcast<DecisionRecord>();
  #next = 0;
  /** The second that it is, and how many were allowed in it. */
  #second = 0;
  #allowed = 0;
  #leftOut = 0;

  constructor(max: number) {
    if (!(max >= 1)) throw new RangeError(`maxDecisions is ${max}: it must be 1 or more`);
    this.#max = Math.floor(max);
  }

  /** Decisions that were not kept. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /**
   * Whether one more that is simply allowed is kept: only so many a second are. Ten thousand last for a tenth of a second
   * under a flood, and would drive out what is worth a look.
   */
  keepsAllowed(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) this.#allowed = 0;
    this.#second = second;
    if (++this.#allowed <= maxAllowedPerSecond) return true;
    this.#leftOut++;
    return false;
  }

  add(decision: Omit<DecisionRecord, "id">): void {
    const record = { id: ++this.#next, ...decision };
    this.#ring[record.id % this.#max] = record;
    this.#followers.send(record);
  }

  /** The newest that match, the oldest of them first. */
  search(matches: Matches, limit: number): DecisionRecord[] {
    const found: DecisionRecord[] = [];
    const first = Math.max(1, this.#next - this.#max + 1);
    for (let id = this.#next; id >= first && found.length < limit; id--) {
      const record = this.#ring[id % this.#max];
      if (record !== undefined && matches(record)) found.push(record);
    }
    return found.reverse();
  }

  /** Those that match from now on. A slow reader misses some, which its stream counts. */
  follow(matches: Matches, signal: AbortSignal): EventStream<DecisionRecord> {
    return this.#followers.subscribe({ matches, signal });
  }

  close(): void {
    this.#followers.close();
  }
}

const maxAllowedPerSecond = 2_000;
