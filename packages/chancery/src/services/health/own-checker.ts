import type { HealthBoard } from "./board.ts";
import type { Clock } from "./clock.ts";
import type { ProbeResult } from "./probe/probe.ts";
import { type CheckedEndpoint, isSameCheck, type Target } from "./target.ts";

/** What the control plane is called where checkers are named. */
export const controlPlaneChecker = "control-plane";

export interface OwnCheckerOptions {
  readonly board: HealthBoard;
  readonly clock: Clock;
  readonly probe: (target: Target, endpoint: CheckedEndpoint) => Promise<ProbeResult>;
  /** Checks at a time; more wait for their turn. */
  readonly maxConcurrent: number;
  /** A number from 0 to 1; for tests. `Math.random` by default. */
  readonly random?: () => number;
}

/** The first checks are spread over so much time at most. */
const spreadMs = 1_000;
/** So much of an interval is left out at random, so that checks do not come at the same moment. */
const jitter = 0.1;

/** Checks endpoints from here, each at its interval, and tells the board when its thresholds are reached. */
export class OwnChecker implements Disposable {
  readonly #options: OwnCheckerOptions;
  readonly #random: () => number;
  /** By service and address. */
  readonly #rounds = new Map<string, Map<string, Round>>();
  #targets: ReadonlyMap<string, Target> = new Map();
  readonly #waiting = new Set<Round>();
  #running = 0;
  #checks = 0;
  #failures = 0;

  constructor(options: OwnCheckerOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** How many checks were made, how many of them failed, and how many wait for their turn. */
  get stats(): { readonly checks: number; readonly failures: number; readonly waiting: number } {
    return { checks: this.#checks, failures: this.#failures, waiting: this.#waiting.size };
  }

  setTargets(targets: readonly Target[]): void {
    const wanted = new Map(
      targets.filter(({ by }) => by === "control-plane").map((target) => [target.service, target]),
    );
    for (const [service, before] of this.#targets) {
      const target = wanted.get(service);
      if (target !== before) this.#stopMissing(service, target);
    }
    for (const target of wanted.values()) if (this.#targets.get(target.service) !== target) this.#follow(target);
    this.#targets = wanted;
  }

  [Symbol.dispose](): void {
    this.setTargets([]);
  }

  #stopMissing(service: string, target: Target | undefined): void {
    const rounds = this.#rounds.get(service) ?? new Map<string, Round>();
    const addresses = new Set(target?.endpoints.map(({ address }) => address));
    for (const [address, round] of rounds) {
      if (addresses.has(address)) continue;
      rounds.delete(address);
      this.#stop(round);
    }
    if (rounds.size === 0) this.#rounds.delete(service);
  }

  #follow(target: Target): void {
    const { board, clock } = this.#options;
    const { service } = target;
    const rounds = this.#rounds.get(service) ?? new Map<string, Round>();
    this.#rounds.set(service, rounds);
    for (const endpoint of target.endpoints) {
      const { address } = endpoint;
      board.setCheckers(service, address, { checkers: [controlPlaneChecker], nowMs: clock.now() });
      const known = rounds.get(address);
      if (known !== undefined && isSameCheck(known.target, target)) {
        Object.assign(known, { target, endpoint });
        continue;
      }
      // Who knows when it would come by the interval before.
      if (known !== undefined) this.#stop(known);
      const healthy = known?.healthy;
      const round: Round = { target, endpoint, streak: 0, healthy, stopped: false, cancel: () => {} };
      rounds.set(address, round);
      this.#wait(round, this.#random() * Math.min(target.check.interval, spreadMs));
    }
  }

  #stop(round: Round): void {
    this.#waiting.delete(round);
    round.stopped = true;
    round.cancel();
  }

  #wait(round: Round, ms: number): void {
    round.cancel = this.#options.clock.after(ms, () => {
      this.#waiting.add(round);
      this.#next();
    });
  }

  #next(): void {
    for (const round of this.#waiting) {
      if (this.#running >= this.#options.maxConcurrent) return;
      this.#waiting.delete(round);
      void this.#check(round);
    }
  }

  async #check(round: Round): Promise<void> {
    const { clock, probe } = this.#options;
    const startMs = clock.now();
    this.#running++;
    const result = await probe(round.target, round.endpoint);
    this.#running--;
    if (!round.stopped) {
      this.#take(round, result);
      const { interval } = round.target.check;
      const spentMs = clock.now() - startMs;
      this.#wait(round, Math.max(0, interval * (1 - this.#random() * jitter) - spentMs));
    }
    this.#next();
  }

  /** The first pass counts at once; whoever never passed has failed as often as one that did, before it is said. */
  #take(round: Round, result: ProbeResult): void {
    const { healthyThreshold, unhealthyThreshold } = round.target.check;
    this.#checks++;
    if (!result.ok) this.#failures++;
    const isFirst = round.healthy === undefined;
    if (round.healthy === result.ok) {
      round.streak = 0;
    } else {
      const isSame = round.streak > 0 === result.ok;
      round.streak = (isSame ? round.streak : 0) + (result.ok ? 1 : -1);
      const enough = result.ok ? isFirst || round.streak >= healthyThreshold : -round.streak >= unhealthyThreshold;
      if (!enough) return;
      round.healthy = result.ok;
      round.streak = 0;
    }
    this.#options.board.vote(round.target.service, round.endpoint.address, {
      checker: controlPlaneChecker,
      healthy: result.ok,
      reason: result.ok ? "" : result.reason,
      sinceMs: this.#options.clock.now(),
    });
  }
}

/** The checks of one endpoint, one after the other. */
interface Round {
  target: Target;
  endpoint: CheckedEndpoint;
  /** How often in a row it answered, or, below 0, did not, other than it is said to be. */
  streak: number;
  /** What was said last. */
  healthy: boolean | undefined;
  stopped: boolean;
  cancel: () => void;
}
