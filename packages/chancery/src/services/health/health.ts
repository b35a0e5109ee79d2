import { healthDiscoveryHandlers, type NodeStreamOptions, NodeStreams } from "@chancery/xds/services";
import { fleetOf } from "../../fleets/fleet-of.ts";
import type { Logger } from "../../logs.ts";
import { emptyModel, type Model } from "../../model/model.ts";
import type { Materials } from "../../translate/draft.ts";
import { isSameList } from "../../translate/same.ts";
import { secretNames } from "../../translate/tls.ts";
import type { Nodes, Service } from "../service.ts";
import { HealthBoard } from "./board.ts";
import { type Clock, systemClock } from "./clock.ts";
import { describeFreeze } from "./describe.ts";
import { healthFamilies } from "./families.ts";
import { FleetCheckers } from "./fleet-checkers.ts";
import { type KeptVerdict, toVerdictState } from "./kept-verdicts.ts";
import { OwnChecker } from "./own-checker.ts";
import { toReport } from "./report.ts";
import { addHealthRoutes } from "./routes.ts";
import { type Target, toTargets } from "./target.ts";
import type { UnhealthyEndpoints } from "./unhealthy.ts";
import { VerdictLog } from "./verdict-log.ts";

export interface HealthOptions {
  /** How many Envoys check each endpoint, of fleets that do; 3 by default. */
  readonly checkersPerEndpoint?: number;
  /** How often such Envoys report, in milliseconds; 250 by default. */
  readonly reportIntervalMs?: number;
  /**
   * What part of all endpoints may fail at once, from 0 to 1: with more, rather the checks fail, and nothing is taken
   * out. 0.5 by default; 1 believes everything.
   */
  readonly maxFailingShare?: number;
  /** Checks that the control plane makes at a time; 1,000 by default. */
  readonly maxConcurrent?: number;
  /** How many streams a node may have, and how much may wait. */
  readonly streams?: Omit<NodeStreamOptions, "authenticate">;
}

export interface HealthContext {
  readonly nodes: Nodes;
  /** Where verdicts go. */
  readonly unhealthy: UnhealthyEndpoints;
  /** Whether the Envoys of a fleet get a resource, such as `secrets/ca/ours`. */
  readonly hasResource: (fleet: string, key: string) => boolean;
  readonly log: Logger;
  /** What an earlier process found to be unhealthy; nothing by default. */
  readonly kept?: readonly KeptVerdict[];
  /** Called when that may have changed, with what reads how it is then. */
  readonly onKeep?: (read: () => unknown) => void;
  readonly clock?: Clock;
}

export interface HealthService extends Service {
  /** Takes in a model: what is to be checked, and who may check. */
  follow(model: Model, materials: Materials): void;
}

/** Endpoints that are checked for all Envoys, by some of them or by the control plane itself. */
export function healthService(context: HealthContext, options: HealthOptions = {}): HealthService {
  const { nodes, unhealthy, hasResource, log, clock = systemClock, kept = [], onKeep } = context;
  const { checkersPerEndpoint = 3, reportIntervalMs = 250, maxFailingShare = 0.5, maxConcurrent = 1_000 } = options;
  let model: Model = emptyModel;
  let materials: Materials = new Map();
  let targets: readonly Target[] = [];
  let changes = 0;
  let isFirst = true;
  const verdicts = new VerdictLog(log);
  const board = new HealthBoard({
    ...{ unhealthy, maxFailingShare, kept },
    onVerdict(entry) {
      changes++;
      verdicts.write(entry);
    },
    onFreeze: (by, state) =>
      log[state.frozen ? "error" : "warn"]({ by, ...countsOf(state) }, describeFreeze(by, state)),
  });
  const keep = () => onKeep?.(() => toVerdictState(board));
  const stop = unhealthy.watch(keep);
  const own = new OwnChecker({
    ...{ board, clock, maxConcurrent },
    async probe(target, endpoint) {
      const { probe } = await import("./probe/probe.ts");
      return probe(target, { endpoint, materials });
    },
  });
  const fleet = new FleetCheckers({
    ...{ board, clock, checkersPerEndpoint, reportIntervalMs },
    mayCheck: (stream) => fleetOf(model.fleets, stream)?.value.healthChecks === true,
    onError: (err, { node }) =>
      log.error({ err, node: node.id }, `Cannot have Envoy "${node.id}" check endpoints: it would refuse how`),
    canCheck(stream, target) {
      const secrets = secretsOf(target);
      if (secrets.length === 0) return true;
      const { name = "" } = fleetOf(model.fleets, stream) ?? {};
      return secrets.every((key) => hasResource(name, key));
    },
  });
  const streams = new NodeStreams({
    maxShare: 0.5,
    ...options.streams,
    authenticate: (stream) => nodes.authorize(stream),
  });
  const timer = setInterval(() => {
    const nowMs = clock.now();
    board.tick(nowMs);
    fleet.tick(nowMs);
    verdicts.next();
  }, 1_000).unref();
  return {
    name: "health",
    methods: healthDiscoveryHandlers({
      streams,
      onOpen: (checker) => fleet.open(checker),
      onReport: (report, checker) => fleet.report(report, checker),
      onClose: (checker) => fleet.close(checker),
    }),
    metrics: healthFamilies({ board, fleet, own, streams, changes: () => changes }),
    addRoutes: (app) => addHealthRoutes(app, (filter) => toReport(board, fleet, filter)),
    follow(next, nextMaterials) {
      const before = model;
      [model, materials] = [next, nextMaterials];
      const wanted = next.services === before.services ? targets : toTargets(next.services);
      const isSame = isSameList(wanted, targets) && next.fleets === before.fleets && !isFirst;
      isFirst = false;
      targets = wanted;
      // Which secrets an Envoy gets may follow from anything.
      if (isSame && targets.some((target) => secretsOf(target).length > 0)) fleet.setTargets(targets);
      if (isSame) return;
      board.setTargets(targets, clock.now());
      own.setTargets(targets);
      fleet.setTargets(targets);
    },
    close() {
      clearInterval(timer);
      stop();
      // What turned a moment ago was not told yet.
      if (!isFirst) keep();
      own[Symbol.dispose]();
      fleet[Symbol.dispose]();
    },
  };
}

/** What Envoys need to check a service over TLS, by type and name. */
function secretsOf({ by, item }: Target): readonly string[] {
  const { ca, certificate } = item.value.tls ?? {};
  if (by !== "fleet") return [];
  return [
    ...(ca === undefined ? [] : [`secrets/${secretNames.ca(ca)}`]),
    ...(certificate === undefined ? [] : [`secrets/${secretNames.certificate(certificate)}`]),
  ];
}

function countsOf({ fallen, total }: { readonly fallen: number; readonly total: number }): object {
  return { failing: fallen, endpoints: total };
}
