import type { ClusterHealth, HealthChecker, NodeStream } from "@chancery/xds/services";
import { toAddressText } from "../../model/endpoint.ts";
import { isSameList } from "../../translate/same.ts";
import { toSpecifier } from "../../translate/service/health-specifier.ts";
import { inTurns } from "../../turns.ts";
import type { HealthBoard } from "./board.ts";
import type { Clock } from "./clock.ts";
import { chooseNodes, type HashedNode, toHashedNode } from "./rendezvous.ts";
import { type CheckedEndpoint, isSameCheck, type Target } from "./target.ts";

export interface FleetCheckersOptions {
  readonly board: HealthBoard;
  readonly clock: Clock;
  /** How many Envoys check each endpoint. */
  readonly checkersPerEndpoint: number;
  /** How often they report. */
  readonly reportIntervalMs: number;
  /** Whether a node may check for the control plane. */
  readonly mayCheck: (stream: NodeStream) => boolean;
  /** Called when a node cannot be told what to check. */
  readonly onError: (error: unknown, stream: NodeStream) => void;
  /** Whether a node has what it takes to check a service, such as its certificates; all that may have by default. */
  readonly canCheck?: (stream: NodeStream, target: Target) => boolean;
}

/** Checkers that come or go within this time are one change. */
const gatherMs = 50;
/** After a start a whole fleet comes: the first ones of it are not to check everything for a moment. */
const firstGatherMs = 1_000;
/** A checker that says nothing for so long, or for twenty reports, does not count until it speaks again. */
const silentMs = 3_000;

/** Has Envoys check endpoints: each endpoint has a few, and each of them gets its share of the endpoints. */
export class FleetCheckers implements Disposable {
  readonly #options: FleetCheckersOptions;
  /** By the number of the stream. */
  readonly #checkers = new Map<number, Checker>();
  #targets: readonly Target[] = [];
  /** How the endpoints of each target were divided last, and among whom. */
  readonly #divisions = new Map<
    Target,
    { readonly nodes: readonly HashedNode[]; readonly jobs: ReadonlyMap<string, Job> }
  >();
  #cancel: (() => void) | undefined;
  #assigned = false;
  #assigning: Promise<void> | undefined;

  constructor(options: FleetCheckersOptions) {
    this.#options = options;
  }

  /** The Envoys that check, and how many endpoints each of them does. */
  get checkers(): readonly { readonly node: string; readonly endpoints: number }[] {
    return this.#candidates().map(({ node, jobs }) => ({
      node: node.id,
      endpoints: jobs.values().reduce((sum, { places }) => sum + places.size, 0),
    }));
  }

  setTargets(targets: readonly Target[]): void {
    this.#targets = targets.filter(({ by }) => by === "fleet");
    const wanted = new Set(this.#targets);
    for (const target of this.#divisions.keys()) if (!wanted.has(target)) this.#divisions.delete(target);
    if (this.#checkers.size > 0) this.#assignSoon();
  }

  open(handle: HealthChecker): void {
    const node = toHashedNode(handle.node.id);
    const heardMs = this.#options.clock.now();
    this.#checkers.set(handle.id, {
      handle,
      node,
      jobs: new Map(),
      heardMs,
      silent: false,
      last: [],
      unsettled: false,
    });
    this.#assignSoon();
  }

  close({ id }: Pick<HealthChecker, "id">): void {
    if (this.#checkers.delete(id)) this.#assignSoon();
  }

  /** Takes what a checker says; `undefined` if that is what it said before. */
  report(report: Iterable<ClusterHealth> | undefined, { id }: Pick<HealthChecker, "id">): void {
    const checker = this.#checkers.get(id);
    if (checker === undefined) return;
    checker.heardMs = this.#options.clock.now();
    if (checker.silent) {
      checker.silent = false;
      this.#assignSoon();
    }
    if (report === undefined && !checker.unsettled) return;
    checker.last = report ?? checker.last;
    this.#take(checker, report !== undefined);
  }

  /** Looks for checkers that have fallen silent. */
  tick(nowMs: number): void {
    const limitMs = Math.max(silentMs, 20 * this.#options.reportIntervalMs);
    for (const checker of this.#checkers.values()) {
      if (checker.silent || checker.jobs.size === 0 || nowMs - checker.heardMs <= limitMs) continue;
      checker.silent = true;
      this.#assignSoon();
    }
  }

  /** Resolves when all are told that are being told now. */
  async idle(): Promise<void> {
    await this.#assigning;
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
  }

  #assignSoon(): void {
    const waitMs = this.#assigned ? gatherMs : firstGatherMs;
    this.#cancel ??= this.#options.clock.after(waitMs, () => void this.#assignOnce());
  }

  /** Whatever changes meanwhile is for the next time. */
  async #assignOnce(): Promise<void> {
    await this.#assigning;
    this.#cancel = undefined;
    this.#assigned = true;
    this.#assigning = inTurns(this.#assign());
    await this.#assigning;
  }

  /** Those that may check and do; of several streams of one node, the newest. */
  #candidates(): readonly Checker[] {
    const { mayCheck } = this.#options;
    const byNode = new Map<string, Checker>();
    for (const checker of this.#checkers.values()) {
      if (!checker.silent && mayCheck(checker.handle)) byNode.set(checker.node.id, checker);
    }
    return [...byNode.values()];
  }

  *#assign(): Generator<undefined, void> {
    const candidates = this.#candidates();
    const plans = new Map(candidates.map((checker): [string, Job[]] => [checker.node.id, []]));
    const byProtocol = {
      HTTP: candidates.filter(({ handle }) => handle.protocols.has("HTTP")),
      TCP: candidates.filter(({ handle }) => handle.protocols.has("TCP")),
    };
    for (const target of this.#targets) {
      const able = byProtocol[target.check.tcp === undefined ? "HTTP" : "TCP"];
      for (const [id, job] of this.#divide(target, able)) plans.get(id)?.push(job);
      yield;
    }
    const chosen = new Set(candidates);
    for (const checker of this.#checkers.values()) {
      this.#tell(checker, (chosen.has(checker) && plans.get(checker.node.id)) || []);
      yield;
    }
  }

  /** Gives each endpoint of a target its checkers; returns what each of these has to do. */
  #divide(target: Target, able: readonly Checker[]): ReadonlyMap<string, Job> {
    const { board, clock, checkersPerEndpoint, canCheck = () => true } = this.#options;
    const nowMs = clock.now();
    const nodes = able.filter(({ handle }) => canCheck(handle, target)).map(({ node }) => node);
    const before = this.#divisions.get(target);
    if (before !== undefined && isSameList(before.nodes, nodes)) return before.jobs;
    const jobs = new Map<string, Job>();
    this.#divisions.set(target, { nodes, jobs });
    for (const endpoint of target.endpoints) {
      const at = toAddressText(endpoint.at);
      const checkers = chooseNodes(`${target.service}/${at}`, nodes, checkersPerEndpoint);
      for (const id of checkers) {
        const job = jobs.get(id) ?? { target, places: new Map() };
        jobs.set(id, job);
        const place = job.places.get(at) ?? { endpoints: [], passed: false, settledMs: nowMs + settleMs(target) };
        job.places.set(at, place);
        place.endpoints.push(endpoint);
      }
      board.setCheckers(target.service, endpoint.address, { checkers, nowMs });
    }
    return jobs;
  }

  /** What it checks already it goes on to check, and what it said of that counts. */
  #tell(checker: Checker, jobs: readonly Job[]): void {
    if (isSameWork(checker.jobs, jobs)) return;
    // From now on it is to be heard.
    if (checker.jobs.size === 0) checker.heardMs = this.#options.clock.now();
    for (const { target, places } of jobs) {
      const before = checker.jobs.get(target.service);
      if (before === undefined || !isSameCheck(before.target, target)) continue;
      for (const [at, place] of places) {
        const { passed, settledMs } = before.places.get(at) ?? place;
        Object.assign(place, { passed, settledMs });
      }
    }
    checker.jobs = new Map(jobs.map((job) => [job.target.service, job]));
    checker.unsettled = true;
    const checks = jobs.map(({ target: { service: name, item, check }, places }) => ({
      ...{ name, check, service: item.value },
      endpoints: [...places.values()].flatMap(({ endpoints: [first] }) => (first === undefined ? [] : [first])),
    }));
    try {
      checker.handle.assign(toSpecifier(checks, this.#options.reportIntervalMs));
    } catch (error) {
      this.#options.onError(error, checker.handle);
    }
  }

  /** Envoy calls an endpoint failed before it has asked it: that counts when there was time for a full round. */
  #take(checker: Checker, isNew: boolean): void {
    const nowMs = this.#options.clock.now();
    checker.unsettled = false;
    for (const { cluster, endpoints } of checker.last) {
      const job = checker.jobs.get(cluster);
      for (const { address, status } of endpoints) {
        const place = job?.places.get(address);
        if (place === undefined) continue;
        const healthy = status === "healthy" || status === "degraded";
        // What is said again may be older than the task: of a new task there is something new to say.
        if (isNew) place.passed ||= healthy;
        if (!place.passed && nowMs < place.settledMs) {
          checker.unsettled = true;
          continue;
        }
        const vote = { checker: checker.node.id, healthy, reason: status === "timeout" ? status : "", sinceMs: nowMs };
        for (const endpoint of place.endpoints) this.#options.board.vote(cluster, endpoint.address, vote);
      }
    }
  }
}

interface Checker {
  readonly handle: HealthChecker;
  readonly node: HashedNode;
  /** What it was told to check, by service. */
  jobs: ReadonlyMap<string, Job>;
  heardMs: number;
  silent: boolean;
  /** What it said last. */
  last: Iterable<ClusterHealth>;
  /** Whether some of that did not count yet. */
  unsettled: boolean;
}

interface Job {
  readonly target: Target;
  /** By the address that is asked. */
  readonly places: Map<string, Place>;
}

interface Place {
  /** Mostly one; those of one host may be asked at one port. */
  readonly endpoints: CheckedEndpoint[];
  passed: boolean;
  /** From when on it counts that it never passed. */
  settledMs: number;
}

/** The first check may come so late, and then it has to fail as often as one that passed before. */
function settleMs({ check }: Target): number {
  return Math.min(check.interval, 1_000) + check.interval * check.unhealthyThreshold + check.timeout;
}

function isSameWork(before: ReadonlyMap<string, Job>, jobs: readonly Job[]): boolean {
  if (before.size !== jobs.length) return false;
  return jobs.every(({ target, places }) => {
    const job = before.get(target.service);
    if (job?.target !== target || job.places.size !== places.size) return false;
    return places.keys().every((at) => job.places.has(at));
  });
}
