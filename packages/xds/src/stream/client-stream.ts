import type { Resource } from "../resource/resource.ts";
import { clusters, endpoints, opaqueType, type ResourceType, typeOf } from "../resource/type.ts";
import { type ResourceSet, toResourceSet } from "../snapshot/resource-set.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { traitsOf } from "../snapshot/traits.ts";
import { assignmentNames, emptyAssignment } from "./assignments.ts";
import { ProtocolError, type Receipt, type Response } from "./conversation.ts";
import { encodeControlPlane, encodePrefix, type Frame, heartbeatFrame } from "./frame.ts";
import { emptyList, intersection, type NameList, toNames, union, without } from "./names.ts";
import type { Request, RequestError, Variant } from "./request.ts";
import { isUnsettled, newSlot, type Sent, type Slot } from "./slot.ts";
import { type Answer, type Spelling, spellings } from "./spelling.ts";
import { splitUpdate } from "./split.ts";
import { type ResourceStanding, standings } from "./standing.ts";
import { newSubscription, nothingWithheld, sendAgain } from "./subscription.ts";
import { type NackPolicy, namedIn, narrow, renew, rollBack, type Trial, widen } from "./trial.ts";
import { computeUpdate, told, type Update, withhold } from "./update.ts";

export interface ClientStreamOptions {
  readonly variant: Variant;
  /** The only type of a stream of a per-type service; by default the stream is aggregated (ADS). */
  readonly only?: ResourceType | undefined;
  /** The types for which a client that names nothing wants everything. Default: those that have it in the protocol. */
  readonly legacyWildcard?: ((type: ResourceType) => boolean) | undefined;
  /** True if the client can read a `Resource` wrapper in a SotW response, and so a time to live. Default: false. */
  readonly readsWrapped?: boolean | undefined;
  /** Who answers: `control_plane.identifier` of the first response. Default: not said. */
  readonly identifier?: string | undefined;
  /** What to do when the client refuses a response. Default: hold. */
  readonly nackPolicy?: NackPolicy | undefined;
  /** Bytes of resources above which a delta answer is split into several. Default: 4 MiB. */
  readonly maxDeltaBytes?: number | undefined;
}

/**
 * One xDS stream as a state machine: it is told what arrives and says what to send next, without I/O, timers or clock.
 * At most one response of a type is unanswered at a time, so a slow client costs a flag and later gets the latest state.
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
 */
export class ClientStream {
  readonly #spelling: Spelling;
  readonly #only: ResourceType | undefined;
  readonly #legacyWildcard: (type: ResourceType) => boolean;
  readonly #nackPolicy: NackPolicy;
  readonly #controlPlane: Uint8Array;
  readonly #maxDeltaBytes: number;
  /** In the order in which they are served. */
  readonly #slots: Slot[] = [];
  #snapshot: Snapshot | undefined;
  #lastNonce = 0;
  #released = false;

  constructor(options: ClientStreamOptions) {
    const { variant, only, readsWrapped = false, identifier, maxDeltaBytes = 4 * 1024 * 1024 } = options;
    const { nackPolicy = "hold", legacyWildcard = (type: ResourceType) => type.legacyWildcard } = options;
    this.#spelling = spellings[variant === "sotw" && readsWrapped ? "wrapped" : variant];
    this.#only = only;
    this.#legacyWildcard = legacyWildcard;
    this.#controlPlane = identifier === undefined ? nothing : encodeControlPlane(identifier, this.#spelling.form);
    this.#nackPolicy = nackPolicy;
    this.#maxDeltaBytes = maxDeltaBytes;
  }

  /** The list of names in the last request of a type: what the next one probably repeats. */
  likelyNames(typeUrl: string): NameList {
    return this.#slots.find(({ type }) => type.typeUrl === typeUrl)?.list ?? emptyList;
  }

  /** Takes a request. Throws a ProtocolError if it is not one for this stream. */
  receive(request: Request): Receipt {
    const slot = this.#slotOf(this.#typeOf(request));
    const { type, sent } = slot;
    // A nonce of an earlier stream means nothing here: before the first response every request is served.
    const answers = sent !== undefined && request.nonce === sent.nonce;
    const stale = sent !== undefined && request.nonce !== "" && !answers;
    // A stale request is no answer, but what it asks for counts: a client that leaves a name and comes back wants it anew.
    this.#subscribe(slot, request);
    if (stale) return { kind: "stale", type };
    if (sent === undefined || !answers || !slot.outstanding) return { kind: "subscribe", type };
    slot.outstanding = false;
    slot.refused = request.error !== undefined;
    return request.error === undefined ? this.#accept(slot, sent) : this.#refuse(slot, sent, request.error);
  }

  /** Takes the snapshot that the client is to have from now on; undefined: what it has stays. */
  observe(snapshot: Snapshot | undefined): void {
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
    this.#released = false;
  }

  /** The next response, if there is anything to say now. To be asked again after each request and each snapshot. */
  next(): Response | undefined {
    if (this.#snapshot === undefined) return undefined;
    for (const slot of this.#slots) {
      const response = this.#advance(slot, this.#snapshot);
      if (response !== undefined) return response;
    }
    return undefined;
  }

  /** How far the client is with its snapshot: whether it has all of it, has refused some, or has still to answer. */
  get progress(): "accepted" | "refused" | "waiting" {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return "accepted";
    if (!this.#slots.every((slot) => this.#isSettled(slot, snapshot))) return "waiting";
    return this.#slots.some(({ refused, trial }) => refused || trial !== undefined) ? "refused" : "accepted";
  }

  /** The same for one type. */
  progressOf(type: ResourceType): "accepted" | "refused" | "waiting" {
    const slot = this.#find(type);
    if (slot === undefined || this.#snapshot === undefined) return "accepted";
    if (!this.#isSettled(slot, this.#snapshot)) return "waiting";
    return slot.refused || slot.trial !== undefined ? "refused" : "accepted";
  }

  /** How far each resource of a type has come that the client asks for. */
  standings(type: ResourceType): Iterable<ResourceStanding> {
    const slot = this.#find(type);
    return slot === undefined ? [] : standings(slot, this.#snapshot?.set(type.typeUrl).resources);
  }

  /** The resources of a type that the client is not served, as it refuses them. */
  quarantined(type: ResourceType): readonly string[] {
    return this.#find(type)?.trial?.bad.map(({ name }) => name) ?? [];
  }

  /** How many names the client asks for of a type. */
  countNames(type: ResourceType): number {
    return this.#find(type)?.subscription.names.size ?? 0;
  }

  /** How many types the client has asked for. */
  get typeCount(): number {
    return this.#slots.length;
  }

  /** True while something is held back until the client has answered something else. */
  get isWaiting(): boolean {
    if (this.#snapshot === undefined || this.#released) return false;
    const clustersUnanswered = this.#find(clusters)?.outstanding === true;
    return this.#slots.some(
      ({ type, subscription }) => subscription.withheld.size > 0 || (clustersUnanswered && type.role === "referrer"),
    );
  }

  /** Stops waiting for answers that hold back something else, until the next snapshot: the client took too long. */
  release(): void {
    this.#released = true;
  }

  /** The shortest time to live of what the client is told of. It has to hear of it, by `beat`, before that has passed. */
  get shortestTtlMs(): number | undefined {
    if (this.#spelling.form === "sotw") return undefined;
    const ttls = this.#slots.flatMap(({ subscription: { told } }) => (told === undefined ? [] : traitsOf(told).mortal));
    return ttls.length === 0 ? undefined : Math.min(...ttls.map(({ ttlMs = Number.POSITIVE_INFINITY }) => ttlMs));
  }

  /** Has the client told, next, that what has a time to live still lives. */
  beat(): void {
    for (const slot of this.#slots) slot.beat = this.#spelling.form !== "sotw";
  }

  #typeOf({ typeUrl }: Request): ResourceType {
    if (this.#only !== undefined) {
      if (typeUrl === "" || typeUrl === this.#only.typeUrl) return this.#only;
      throw new ProtocolError(`This service serves "${this.#only.typeUrl}", not "${typeUrl}"`);
    }
    if (typeUrl === "") throw new ProtocolError("type_url is required on an aggregated stream");
    return typeOf(typeUrl) ?? opaqueType(typeUrl);
  }

  #slotOf(type: ResourceType): Slot {
    const known = this.#slots.find((slot) => slot.type.typeUrl === type.typeUrl);
    if (known !== undefined) return known;
    const slot = newSlot(type);
    this.#slots.push(slot);
    this.#slots.sort((a, b) => a.type.rank - b.type.rank);
    return slot;
  }

  #subscribe(slot: Slot, request: Request): void {
    const legacyWildcard = this.#legacyWildcard(slot.type);
    slot.subscription = this.#spelling.subscribe(slot.subscription, request, { first: slot.isNew, legacyWildcard });
    slot.list = request.subscribe;
    slot.isNew = false;
  }

  #accept(slot: Slot, sent: Sent): Receipt {
    slot.good = slot.subscription.told;
    if (slot.trial !== undefined && this.#nackPolicy === "quarantine") slot.trial = widen(slot.trial);
    return { kind: "ack", type: slot.type, ...sent };
  }

  #refuse(slot: Slot, sent: Sent, error: RequestError): Receipt {
    const { type, sentResources } = slot;
    const culprits = namedIn(error.message, sentResources);
    slot.trial = this.#nackPolicy === "hold" ? undefined : this.#try(slot, error.message);
    // Nobody knows which of the others the client has taken from the response that it refused.
    const suspects = slot.trial?.testing ?? [];
    if (this.#nackPolicy === "quarantine") {
      slot.subscription = sendAgain(slot.subscription, toNames(suspects.map(({ name }) => name)));
    }
    const names = { resources: sentResources.map(({ name }) => name), culprits: culprits.map(({ name }) => name) };
    return { kind: "nack", type, ...sent, error, ...names };
  }

  /** What to serve after a refusal; undefined: nothing else than before, until it changes. */
  #try({ trial, good, subscription: { told }, sentResources }: Slot, message: string): Trial | undefined {
    if (told === undefined) return undefined;
    if (this.#nackPolicy === "rollback")
      return trial === undefined && good !== undefined ? rollBack(told, good) : trial;
    if (trial !== undefined) return trial.testing.length === 0 ? trial : narrow(trial, message);
    if (sentResources.length === 0) return undefined;
    return narrow({ of: told, served: told, good, bad: [], testing: sentResources, untested: [] }, message);
  }

  /** What the client is to have of a type: the snapshot's resources, or what is tried instead of them. */
  #served(slot: Slot, snapshot: Snapshot): ResourceSet {
    const set = snapshot.set(slot.type.typeUrl);
    if (slot.trial === undefined) return set;
    if (slot.trial.of !== set.resources) slot.trial = renew(slot.trial, set.resources);
    if (slot.trial === undefined) return set;
    return toResourceSet(set.typeUrl, slot.trial.served, snapshot.version);
  }

  #advance(slot: Slot, snapshot: Snapshot): Response | undefined {
    if (slot.outstanding || this.#isHeldBack(slot)) return undefined;
    const set = this.#served(slot, snapshot);
    const [part, ...rest] = slot.rest;
    if (part !== undefined) {
      slot.rest = rest;
      return this.#respond(slot, set, this.#plainAnswer(slot, set, part));
    }
    const answer = this.#answer(slot, snapshot, set);
    slot.subscription = told(slot.subscription, set.resources, answer.withheld);
    if (slot.type === clusters) this.#warm(answer.update);
    if (!this.#spelling.isWorthSaying(answer, slot.type)) return this.#beat(slot, set);
    return this.#respond(slot, set, this.#split(slot, answer));
  }

  #answer(slot: Slot, snapshot: Snapshot, set: ResourceSet): Answer {
    const { subscription, type } = slot;
    const computed = computeUpdate(set.resources, subscription);
    const update = type === endpoints ? this.#withDeparted(slot, computed, snapshot) : computed;
    const gone = withhold(subscription.withheld, update);
    const mayWithdraw =
      gone.size === 0 || slot.trial !== undefined || type.role !== "referent" || this.#referrersAreSettled(snapshot);
    return {
      ...{ set, update, subscription },
      withdrawn: mayWithdraw ? gone : nothingWithheld,
      withheld: mayWithdraw ? nothingWithheld : gone,
    };
  }

  /** An answer that withdraws what it says is gone. */
  #plainAnswer({ subscription }: Slot, set: ResourceSet, update: Update): Answer {
    const withdrawn = withhold(nothingWithheld, update);
    return { set, update, subscription, withdrawn, withheld: nothingWithheld };
  }

  #respond(slot: Slot, set: ResourceSet, answer: Answer): Response {
    slot.sentResources = answer.update.resources;
    return this.#send(slot, set, this.#spelling.toFrame(answer, slot.type));
  }

  #send(slot: Slot, { version }: ResourceSet, frame: Frame): Response {
    const nonce = String(++this.#lastNonce);
    const prefix = encodePrefix(nonce, this.#lastNonce === 1 ? this.#controlPlane : nothing);
    slot.outstanding = true;
    slot.sent = { nonce, version };
    return { type: slot.type, nonce, version, prefix, frame };
  }

  #split(slot: Slot, answer: Answer): Answer {
    if (this.#spelling.form !== "delta") return answer;
    const [first = answer.update, ...rest] = splitUpdate(answer.update, this.#maxDeltaBytes);
    slot.rest = rest;
    return { ...answer, update: first };
  }

  #beat(slot: Slot, set: ResourceSet): Response | undefined {
    if (!slot.beat) return undefined;
    slot.beat = false;
    const frame = heartbeatFrame(set, slot.subscription, this.#spelling.form);
    if (frame === undefined) return undefined;
    slot.sentResources = [];
    return this.#send(slot, set, frame);
  }

  /** Routes and listeners wait until the client has what they may refer to: Envoy ACKs clusters once they are warm. */
  #isHeldBack({ type }: Slot): boolean {
    if (type.role !== "referrer" || this.#released) return false;
    const slot = this.#find(clusters);
    return slot !== undefined && isUnsettled(slot);
  }

  /** Nothing is withdrawn while a route or a listener that refers to it may still be in use. */
  #referrersAreSettled(snapshot: Snapshot): boolean {
    if (this.#released) return true;
    return this.#slots.every((slot) => slot.type.role !== "referrer" || this.#isSettled(slot, snapshot));
  }

  /** True if the client has answered what it was sent of the type, and there is nothing more to say. */
  #isSettled(slot: Slot, snapshot: Snapshot): boolean {
    if (isUnsettled(slot) || slot.subscription.withheld.size > 0) return false;
    const set = this.#served(slot, snapshot);
    const update = computeUpdate(set.resources, slot.subscription);
    return !this.#spelling.isWorthSaying(this.#plainAnswer(slot, set, update), slot.type);
  }

  /** Envoy warms a changed cluster with assignments that it is sent anew, also if they are the same as before. */
  #warm(clusterUpdate: Update): void {
    const slot = this.#find(endpoints);
    if (slot === undefined) return;
    const changed = assignmentNames(clusterUpdate.resources);
    slot.subscription = sendAgain(slot.subscription, intersection(changed, slot.subscription.names));
  }

  /**
   * In SotW, what does not exist is not said. But Envoy goes on warming a cluster that is gone from the snapshot, and
   * ACKs nothing until it has the endpoints: so it is told that there are none.
   */
  #withDeparted(slot: Slot, update: Update, snapshot: Snapshot): Update {
    if (this.#spelling.form === "delta" || slot.missing.size + update.missing.length === 0) return update;
    const asked = union(intersection(slot.missing, slot.subscription.names), toNames(update.missing));
    const missing = without(asked, toNames(update.resources.map(({ name }) => name)));
    const departed = intersection(missing, assignmentNames(this.#departedClusters(snapshot)));
    slot.missing = without(missing, departed);
    if (departed.size === 0) return update;
    return { ...update, resources: [...update.resources, ...[...departed].map(emptyAssignment)] };
  }

  /** The clusters that the client has been told of and that are gone. */
  #departedClusters(snapshot: Snapshot): readonly Resource[] {
    const { told, withheld } = this.#find(clusters)?.subscription ?? newSubscription;
    const gone = told && snapshot.set(clusters.typeUrl).resources.changesSince(told).removed;
    return [
      ...(gone ?? []).flatMap((name) => told?.get(name) ?? []),
      ...[...withheld].flatMap(({ resource }) => resource ?? []),
    ];
  }

  #find(type: ResourceType): Slot | undefined {
    return this.#slots.find((slot) => slot.type === type);
  }
}

const nothing = new Uint8Array();
