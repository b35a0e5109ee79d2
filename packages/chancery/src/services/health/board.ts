import { isSameList } from "../../translate/same.ts";
import { Freeze } from "./freeze.ts";
import type { KeptVerdict } from "./kept-verdicts.ts";
import { type Count, countVotes, type Vote } from "./quorum.ts";
import type { CheckedBy, Target } from "./target.ts";
import type { UnhealthyEndpoints } from "./unhealthy.ts";

export interface BoardOptions {
  /** Where verdicts go. */
  readonly unhealthy: UnhealthyEndpoints;
  /** What part of all endpoints may fail at once, from 0 to 1, before nothing is believed any more. */
  readonly maxFailingShare: number;
  /** Endpoints that are unhealthy until they are judged anew; none by default. */
  readonly kept?: readonly KeptVerdict[];
  readonly onVerdict: (entry: Entry) => void;
  readonly onFreeze: (by: CheckedBy, freeze: FreezeState) => void;
}

/** How many endpoints would be unhealthy, of how many. */
export type FreezeState = Pick<Freeze<Entry>, "frozen" | "fallen" | "total">;

/** One endpoint of one service, what its checkers say, and what follows from it. */
export interface Entry {
  readonly service: string;
  readonly address: string;
  readonly target: Target;
  /** Who is to say something: those that have gone are not among them. */
  readonly checkers: readonly string[];
  readonly votes: ReadonlyMap<string, Vote>;
  readonly verdict: Verdict;
  /** The verdict before that. */
  readonly before: Verdict;
  /** Since when the verdict is as it is. */
  readonly sinceMs: number;
  /** Why it is not otherwise although the checkers say so. */
  readonly held: "frozen" | "flapping" | undefined;
}

export type Verdict = "unknown" | "healthy" | "unhealthy";

/** An endpoint that failed in this time again and again has to answer for longer before it is used. */
const flapMs = 10 * 60_000;
const maxHoldMs = 5 * 60_000;
/** Failures within this time are at once, or within two intervals if that is more. */
const atOnceMs = 30_000;

/** Judges endpoints by what their checkers say. The time is told to it. */
export class HealthBoard {
  readonly #options: BoardOptions;
  readonly #services = new Map<string, Map<string, State>>();
  #targets: ReadonlyMap<string, Target> = new Map();
  readonly #freezes: Readonly<Record<CheckedBy, Freeze<State>>>;
  /** What an earlier process found, by service and address, until it is known what there is to judge. */
  readonly #kept = new Map<string, KeptVerdict>();
  /** Those that answer, and have to do so for some time yet. */
  readonly #recovering = new Set<State>();

  constructor(options: BoardOptions) {
    const { maxFailingShare, kept = [], unhealthy } = options;
    this.#options = options;
    for (const verdict of kept) this.#kept.set(keyOf(verdict), verdict);
    unhealthy.restore(kept);
    this.#freezes = { fleet: new Freeze<State>(maxFailingShare), "control-plane": new Freeze<State>(maxFailingShare) };
  }

  entries(): Generator<Entry> {
    return this.#states();
  }

  /** What a later process is to know. */
  *unhealthy(): Generator<KeptVerdict> {
    for (const { service, address, target, verdict, sinceMs, falls } of this.#states()) {
      if (verdict === "unhealthy") yield { service, address, by: target.by, sinceMs, falls };
    }
  }

  entry(service: string, address: string): Entry | undefined {
    return this.#services.get(service)?.get(address);
  }

  /** Whether too much fails at once, so that nothing turns unhealthy. */
  isFrozen(by: CheckedBy): boolean {
    return this.#freezes[by].frozen;
  }

  /** Says what there is to judge. What was known of an endpoint stays, as long as the same ones check it. */
  setTargets(targets: readonly Target[], nowMs: number): void {
    const wanted = new Map(targets.map((target) => [target.service, target]));
    for (const [service, before] of this.#targets) {
      const target = wanted.get(service);
      if (target !== before) this.#removeMissing(service, target);
    }
    for (const target of targets) if (this.#targets.get(target.service) !== target) this.#addMissing(target, nowMs);
    this.#targets = wanted;
    // What an earlier process judged and this one does not is left alone.
    for (const { service, address } of this.#kept.values()) this.#options.unhealthy.mark(service, address, false);
    this.#kept.clear();
    for (const by of ["fleet", "control-plane"] as const) this.#thaw(by, nowMs);
  }

  /** Says who checks an endpoint from now on: what others said of it does not count any more. */
  setCheckers(
    service: string,
    address: string,
    { checkers, nowMs }: { checkers: readonly string[]; nowMs: number },
  ): void {
    const state = this.#services.get(service)?.get(address);
    if (state === undefined || isSameList(state.checkers, checkers)) return;
    state.checkers = checkers;
    for (const checker of state.votes.keys()) if (!checkers.includes(checker)) state.votes.delete(checker);
    this.#judge(state, nowMs);
  }

  vote(service: string, address: string, { checker, ...vote }: Vote & { readonly checker: string }): void {
    const state = this.#services.get(service)?.get(address);
    if (!state?.checkers.includes(checker)) return;
    const before = state.votes.get(checker);
    if (before?.healthy === vote.healthy && before.reason === vote.reason) return;
    const sinceMs = before?.healthy === vote.healthy ? before.sinceMs : vote.sinceMs;
    state.votes.set(checker, { ...vote, sinceMs });
    this.#judge(state, vote.sinceMs);
  }

  /** Called from time to time, for what is to happen although nobody says anything. */
  tick(nowMs: number): void {
    for (const state of [...this.#recovering]) if (state.recoverAtMs <= nowMs) this.#judge(state, nowMs);
  }

  #removeMissing(service: string, target: Target | undefined): void {
    const states = this.#services.get(service) ?? new Map<string, State>();
    const addresses = new Set(target?.endpoints.map(({ address }) => address));
    for (const state of states.values()) {
      if (!addresses.has(state.address) || state.target.by !== target?.by) this.#remove(states, state);
    }
    if (states.size === 0) this.#services.delete(service);
  }

  #addMissing(target: Target, nowMs: number): void {
    const { service, by, endpoints } = target;
    const states = this.#services.get(service) ?? new Map<string, State>();
    this.#services.set(service, states);
    for (const { address } of endpoints) {
      const known = states.get(address);
      if (known !== undefined) known.target = target;
      else {
        states.set(address, this.#restore(newState(target, address, nowMs)));
        this.#freezes[by].total++;
      }
    }
  }

  /** With what an earlier process found of it. */
  #restore(state: State): State {
    const kept = this.#kept.get(keyOf(state));
    if (kept?.by !== state.target.by) return state;
    this.#kept.delete(keyOf(state));
    state.falls.push(...kept.falls);
    return Object.assign(state, { verdict: "unhealthy", before: "healthy", sinceMs: kept.sinceMs });
  }

  *#states(): Generator<State> {
    for (const states of this.#services.values()) yield* states.values();
  }

  #remove(states: Map<string, State>, state: State): void {
    const freeze = this.#freezes[state.target.by];
    states.delete(state.address);
    this.#recovering.delete(state);
    freeze.recover(state);
    freeze.total--;
    this.#options.unhealthy.mark(state.service, state.address, false);
  }

  #judge(state: State, nowMs: number): void {
    const { majority } = countOf(state);
    if (majority === "unhealthy") this.#fail(state, nowMs);
    else if (majority === "healthy") this.#pass(state, nowMs);
  }

  #fail(state: State, nowMs: number): void {
    const { by, check } = state.target;
    const freeze = this.#freezes[by];
    this.#recovering.delete(state);
    if (state.held === "flapping") state.held = undefined;
    if (state.verdict === "unhealthy" || state.held === "frozen") return;
    const untilMs = nowMs + Math.max(atOnceMs, 2 * check.interval);
    if (freeze.fall(state, { nowMs, untilMs })) {
      for (const fallen of [...freeze.falls]) this.#hold(fallen, nowMs);
      this.#options.onFreeze(by, freeze);
    } else if (freeze.frozen) this.#hold(state, nowMs);
    else this.#turn(state, "unhealthy", nowMs);
  }

  #pass(state: State, nowMs: number): void {
    const { by } = state.target;
    this.#freezes[by].recover(state);
    this.#thaw(by, nowMs);
    if (state.held === "frozen") state.held = undefined;
    if (state.verdict === "unhealthy") {
      if (!this.#recovering.has(state)) state.recoverAtMs = nowMs + holdMs(state, nowMs);
      if (state.recoverAtMs > nowMs) {
        this.#recovering.add(state);
        state.held = "flapping";
        return;
      }
    }
    this.#recovering.delete(state);
    state.held = undefined;
    this.#turn(state, "healthy", nowMs);
  }

  /** It would be unhealthy, and is what it was before. */
  #hold(state: State, nowMs: number): void {
    state.held = "frozen";
    if (state.verdict !== "unhealthy") return;
    state.falls.pop();
    this.#turn(state, state.before, nowMs);
  }

  #thaw(by: CheckedBy, nowMs: number): void {
    const freeze = this.#freezes[by];
    if (!freeze.thaw()) return;
    for (const state of [...freeze.falls]) {
      state.held = undefined;
      this.#turn(state, "unhealthy", nowMs);
    }
    this.#options.onFreeze(by, freeze);
  }

  #turn(state: State, verdict: Verdict, nowMs: number): void {
    if (state.verdict === verdict) return;
    if (verdict === "unhealthy") state.falls.push(nowMs);
    state.before = state.verdict;
    state.verdict = verdict;
    state.sinceMs = nowMs;
    this.#options.unhealthy.mark(state.service, state.address, verdict === "unhealthy");
    this.#options.onVerdict(state);
  }
}

function keyOf({ service, address }: Pick<KeptVerdict, "service" | "address">): string {
  return `${service} ${address}`;
}

interface State extends Entry {
  target: Target;
  checkers: readonly string[];
  readonly votes: Map<string, Vote>;
  verdict: Verdict;
  sinceMs: number;
  held: Entry["held"];
  before: Verdict;
  /** When it turned unhealthy. */
  readonly falls: number[];
  /** When it may be used again, if it goes on to answer. */
  recoverAtMs: number;
}

function newState(target: Target, address: string, nowMs: number): State {
  return {
    ...{ service: target.service, address, target, checkers: [], votes: new Map(), verdict: "unknown", sinceMs: nowMs },
    ...{ held: undefined, before: "unknown", falls: [], recoverAtMs: 0 },
  };
}

/** How long it has to answer before it is used: at once after the first failure, longer after each further one. */
function holdMs({ falls, target: { check } }: State, nowMs: number): number {
  while (falls[0] !== undefined && falls[0] <= nowMs - flapMs) falls.shift();
  if (falls.length <= 1) return 0;
  return Math.min(maxHoldMs, check.interval * check.healthyThreshold * 2 ** (falls.length - 2));
}

/** What the checkers of an endpoint say. */
export function countOf({ checkers, votes }: Entry): Count {
  return countVotes(checkers, votes);
}
