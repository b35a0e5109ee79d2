import { setImmediate } from "node:timers/promises";
import {
  type Client,
  type Commit,
  changeSnapshot,
  type ResourceType,
  type Snapshot,
  type Snapshots,
  type Transaction,
} from "@chancery/xds";
import { Code, StatusError } from "@chancery/xds/grpc";
import type { ServiceNames } from "./checks/service-names.ts";
import { describeSnapshot } from "./describe.ts";
import { describeChange } from "./describe-change.ts";
import type { Document, LocatedProblem } from "./documents/document.ts";
import { fleetOf } from "./fleets/fleet-of.ts";
import { fleetOfGroup, groupOfFleet, groupsOf, unmatchedGroup } from "./fleets/groups.ts";
import { toUnmatchedSnapshot } from "./fleets/unmatched.ts";
import { compileLater } from "./late-compilation.ts";
import { LineLimit } from "./line-limit.ts";
import type { Logger } from "./logs.ts";
import { describePlace } from "./model/locate.ts";
import type { Model } from "./model/model.ts";
import { emptyOutcome, type Outcome } from "./outcome.ts";
import type { EarlyServices, Pipeline } from "./pipeline.ts";
import { publish } from "./publish.ts";
import { reportProblems } from "./report.ts";
import { UnhealthyEndpoints } from "./services/health/unhealthy.ts";
import type { SourceState } from "./sources/source.ts";
import { documentOf, type LastGood, nothingGood } from "./state/last-good.ts";
import type { Materials } from "./translate/draft.ts";
import { toEndpointsResource } from "./translate/service/endpoint-health.ts";
import type { FleetTranslation, Translation } from "./translate/translator.ts";
import { inTurns } from "./turns.ts";

export interface ConfigurationOptions {
  readonly snapshots: Snapshots;
  readonly log: Logger;
  /** What relative paths start from; the process's own by default. */
  readonly cwd?: string;
  /** What was good in an earlier process; nothing by default. */
  readonly lastGood?: LastGood;
  /** Called when what is good may have changed. */
  readonly onGood?: (read: () => LastGood) => void;
  /** Endpoints that are served as unhealthy; none by default. */
  readonly unhealthy?: UnhealthyEndpoints;
  /** Called when there may be another model, before what follows from it is handed out. */
  readonly onModel?: () => void;
  /** What services have by name; `checkNames` says that it is something else. By default nothing is known of it. */
  readonly serviceNames?: () => ServiceNames;
}

/** Takes in what sources say, hands out the snapshots that follow from it, and logs what changed and what is wrong. */
export class Configuration implements Disposable {
  readonly #snapshots: Snapshots;
  readonly #log: Logger;
  readonly #lines: LineLimit;
  readonly #options: ConfigurationOptions;
  /** Made when there is something to run through it: a server without files starts without the model. */
  #pipeline: Pipeline | undefined;
  readonly #unhealthy: UnhealthyEndpoints;
  readonly #reloads = new Map<"good" | "bad", number>([
    ["good", 0],
    ["bad", 0],
  ]);
  #state: SourceState = { documents: [], problems: [] };
  #outcome: Outcome = emptyOutcome;
  #problems: readonly LocatedProblem[] = [];
  /** Those among them that no file of a service has a part in. */
  #ownProblems: readonly LocatedProblem[] = [];
  #applying: Promise<void> = Promise.resolve();
  readonly #listeners = new Set<() => void>();
  #isDisposed = false;

  constructor(options: ConfigurationOptions) {
    const { unhealthy = new UnhealthyEndpoints() } = options;
    this.#snapshots = options.snapshots;
    this.#log = options.log;
    this.#lines = new LineLimit(options.log);
    this.#options = options;
    this.#unhealthy = unhealthy;
    unhealthy.watch((services) => this.#publishHealth(services));
  }

  /** What is wrong now, in the files and in what they say. */
  get problems(): readonly LocatedProblem[] {
    return this.#problems;
  }

  /** How often the sources had something new, by whether all of it was `good` or some of it `bad`. */
  get reloads(): ReadonlyMap<"good" | "bad", number> {
    return this.#reloads;
  }

  get model(): Model {
    return this.#outcome.model;
  }

  /** What the certificate objects of the model consist of. */
  get materials(): Materials {
    return this.#outcome.materials;
  }

  get translation(): Translation {
    return this.#outcome.translation;
  }

  /** The file that configures a node, even while it has no good snapshot for it. */
  ownerOf(node: string): string | undefined {
    return this.#outcome.raw.nodes.get(node)?.document.origin;
  }

  /** The groups that a client belongs to, as layers. */
  groupsOf(client: Pick<Client, "node" | "peer">): readonly string[] {
    const hasSnapshot = (node: string) => this.#snapshots.get(node) !== undefined;
    const groups = groupsOf(client, { fleets: this.model.fleets, hasSnapshot });
    if (groups[0] === unmatchedGroup) {
      const { id, cluster } = client.node;
      const message = `Envoy "${id}" belongs to no fleet: no match fits it (cluster "${cluster}"); it gets listeners that say so`;
      this.#lines.write("belong to no fleet", () => this.#log.warn({ node: id, cluster }, message));
    }
    return groups;
  }

  /** Whether a client is to report something: not if its fleet says that it is not. */
  wants(client: Pick<Client, "node" | "peer">, what: "loadReports" | "metrics"): boolean {
    return fleetOf(this.model.fleets, client)?.value[what] !== false;
  }

  /** Calls `listener` when clients may belong to other groups or fleets than before, until what it returns is called. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Refuses a client that has to show who it is and does not. */
  authorize(client: Pick<Client, "node" | "peer">): void {
    const fleet = fleetOf(this.model.fleets, client);
    if (fleet?.value.requireIdentity !== true || client.peer.certificate?.() !== undefined) return;
    throw new StatusError(Code.UNAUTHENTICATED, `fleet "${fleet.name}" takes only clients with a verified certificate`);
  }

  /** Takes in a state of the sources, after those before it; resolves when what follows from it is handed out. */
  apply(state: SourceState): Promise<void> {
    this.#applying = this.#applying.then(() => this.#apply(state));
    return this.#applying;
  }

  /** One line in the log for each snapshot that is set or deleted, whoever did it. */
  noteChange({ kind, node, from }: { kind: "set" | "delete"; node: string; from: string }): void {
    const what = kind === "set" ? `now has ${describeSnapshot(this.#snapshots.get(node))}` : "has no snapshot any more";
    this.#log.info({ node, from, change: kind }, `Node "${node}" ${what}, from ${from}`);
    // A node of no fleet is served differently when it has a snapshot of its own.
    if (this.model.fleets.size > 0) this.#noteGroups();
  }

  /** Looks again whether services have what the model names. */
  checkNames(): void {
    const { serviceNames } = this.#options;
    const found = serviceNames && this.#pipeline?.checkNames(this.#outcome, serviceNames());
    const problems = [...this.#ownProblems, ...(found ?? [])];
    reportProblems(problems, this.#problems, this.#log);
    this.#problems = problems;
  }

  /** The places of what resources were made from, such as `edge.yaml:12:3 (routes.shop)`. */
  placesOf(group: string, type: ResourceType, names: readonly string[]): readonly string[] {
    const fleet = fleetOfGroup(group);
    const drafts = fleet === undefined ? undefined : this.translation.fleets.get(fleet)?.drafts;
    const items = new Set(names.flatMap((name) => drafts?.get(`${type.key}/${name}`)?.from ?? []));
    // What is made by the kinds is seldom refused, and what a patch says often.
    const likeliest = [...items].toSorted((a, b) => Number(b.kind === "patches") - Number(a.kind === "patches"));
    return likeliest.flatMap((item) => describePlace(this.model, item) ?? []);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#lines[Symbol.dispose]();
    this.#pipeline?.[Symbol.dispose]();
  }

  async #apply(state: SourceState): Promise<void> {
    const before = this.#outcome;
    const documents = [...state.documents, ...restored(state, this.#options.lastGood)];
    if (documents.length > 0) this.#pipeline ??= await this.#makePipeline();
    const pipeline = this.#pipeline;
    using _ = compileLater();
    const begun: Begun = new Map();
    const { isSettled } = state;
    const begin = async (early: EarlyServices) => {
      if ((await isSettled) !== false) await this.#begin(early, begun);
    };
    const outcome = (await pipeline?.translate(documents, begin)) ?? emptyOutcome;
    if ((await isSettled) === false) return;
    this.#outcome = outcome;
    this.#state = state;
    for (const { kind, node, origin } of publish(outcome.raw, before.raw, this.#snapshots)) {
      this.noteChange({ kind, node, from: origin });
    }
    this.#options.onModel?.();
    this.#publishFleets(before, begun);
    // Nobody waits for what changes nothing.
    await setImmediate();
    const ofChecks = pipeline && (await inTurns(pipeline.checkInSteps(outcome)));
    this.#ownProblems = [...state.problems, ...outcome.problems, ...(ofChecks ?? [])];
    this.checkNames();
    const result = this.#problems.some(({ severity }) => severity === "error") ? "bad" : "good";
    this.#reloads.set(result, (this.#reloads.get(result) ?? 0) + 1);
    if (pipeline !== undefined && outcome.model.places.size > 0) this.#options.onGood?.(() => pipeline.good());
  }

  #noteGroups(): void {
    for (const listener of this.#listeners) listener();
  }

  async #makePipeline(): Promise<Pipeline> {
    const { cwd, lastGood } = this.#options;
    const { Pipeline } = await import("./pipeline.ts");
    const pipeline = new Pipeline({
      onChange: () => void this.apply(this.#state),
      ...(cwd !== undefined && { cwd }),
      ...(lastGood !== undefined && { lastGood }),
    });
    if (this.#isDisposed) pipeline[Symbol.dispose]();
    return pipeline;
  }

  /** Hands out services before the rest of what comes with them, which is worked out while Envoys take them in. */
  async #begin({ fleets, model }: EarlyServices, begun: Begun): Promise<void> {
    for (const [name, translated] of fleets) {
      const group = groupOfFleet(name);
      begun.set(group, this.#snapshots.get(group));
      this.#snapshots.set(group, this.#withHealth(translated, model));
    }
    // Streams are written to in the turn that comes.
    await setImmediate();
  }

  /** Snapshots first, then the clients that they are for: nobody waits for a snapshot that is not there yet. */
  #publishFleets(before: Outcome, begun: Begun): void {
    const { fleets, gateways } = this.model;
    for (const [name, translated] of this.translation.fleets) {
      const group = groupOfFleet(name);
      const last = begun.has(group) ? begun.get(group) : this.#snapshots.get(group);
      this.#set(group, this.#withHealth(translated, this.model), { what: `Fleet "${name}"`, last });
    }
    if (fleets.size > 0 && (before.model.fleets.size === 0 || gateways !== before.model.gateways)) {
      this.#snapshots.set(unmatchedGroup, toUnmatchedSnapshot(gateways));
    }
    if (fleets !== before.model.fleets) this.#noteGroups();
    for (const name of before.translation.fleets.keys()) {
      if (this.translation.fleets.has(name)) continue;
      this.#snapshots.delete(groupOfFleet(name));
      this.#log.info({ fleet: name }, `Fleet "${name}" is gone`);
    }
    if (fleets.size === 0) this.#snapshots.delete(unmatchedGroup);
  }

  /** The endpoints of some services, as healthy as they are now: nothing else is touched. */
  #publishHealth(services: readonly string[]): void {
    for (const [name, translated] of this.translation.fleets) {
      const group = groupOfFleet(name);
      const before = this.#snapshots.get(group);
      const commit = this.#snapshots.update(group, (transaction) =>
        this.#setHealth(transaction, translated, { model: this.model, services }),
      );
      if (this.#snapshots.get(group) === before) continue;
      void this.#report(commit, `Fleet "${name}": health of ${services.join(", ")}`);
    }
  }

  #withHealth(translated: FleetTranslation, model: Model): Snapshot {
    const { services } = this.#unhealthy;
    return changeSnapshot(translated.snapshot, (transaction) =>
      this.#setHealth(transaction, translated, { model, services }),
    );
  }

  #setHealth(transaction: Transaction, translated: FleetTranslation, { model, services }: Affected): void {
    for (const name of services) {
      const service = model.services.get(name);
      const unhealthy = this.#unhealthy.of(name);
      const resource = service && toEndpointsResource(translated.drafts, { service, unhealthy });
      if (resource !== undefined) transaction.set(resource);
    }
  }

  #set(group: string, snapshot: Snapshot, { what, last }: { what: string; last: Snapshot | undefined }): void {
    const change = describeChange(last, snapshot);
    if (last !== undefined && change === undefined) return;
    // Envoys wait half a minute to be told something, and start with nothing at once if they are told so.
    void this.#report(this.#snapshots.set(group, snapshot), `${what}: ${change ?? "nothing to serve yet"}`);
  }

  /** One line for each change, when it is known what became of it. */
  async #report(commit: Commit, change: string): Promise<void> {
    const startMs = performance.now();
    const { acked, refused, waiting } = await commit.acked({ timeoutMs: reportAfterMs });
    const counts = {
      clients: acked.length + refused.length + waiting.length,
      acked: acked.length,
      refused: refused.length,
    };
    const ms = Math.round(performance.now() - startMs);
    this.#log.info({ group: commit.group, ...counts, ms }, `${change}; ${describeAcks(counts, ms)}`);
  }
}

/** What groups had before they were given services early. */
type Begun = Map<string, Snapshot | undefined>;

/** Services of a model whose endpoints may be healthy or not. */
interface Affected {
  readonly model: Model;
  readonly services: Iterable<string>;
}

/** How long ACKs are waited for before a change is logged with those that came. */
const reportAfterMs = 10_000;

function describeAcks(counts: { clients: number; acked: number; refused: number }, ms: number): string {
  const { clients, acked, refused } = counts;
  if (clients === 0) return "no Envoy has it yet";
  const parts = [`${acked} ACKed in ${ms} ms`, ...(refused > 0 ? [`${refused} refused`] : [])];
  const missing = clients - acked - refused;
  if (missing > 0) parts.push(`${missing} did not answer`);
  return `sent to ${clients}, ${parts.join(", ")}`;
}

/** What files last said that have an error and nothing good at all: they were so when the process started. */
function restored({ documents, problems }: SourceState, lastGood = nothingGood): readonly Document[] {
  if (lastGood.objects.size === 0) return [];
  const present = new Set(documents.map(({ origin }) => origin));
  const broken = problems.filter(({ origin, severity }) => severity === "error" && !present.has(origin));
  return [...new Set(broken.map(({ origin }) => origin))].flatMap((origin) => documentOf(lastGood, origin) ?? []);
}
