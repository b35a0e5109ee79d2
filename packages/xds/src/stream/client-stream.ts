import {
  clusters,
  lbEndpoints,
  opaqueType,
  type ResourceType,
  routes,
  scopedRoutes,
  typeOf,
} from "../resource/type.ts";
import type { ResourceSet } from "../snapshot/resource-set.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { traitsOf } from "../snapshot/traits.ts";
import { accept, refuse } from "./answer.ts";
import { ProtocolError, type Receipt, type Response } from "./conversation.ts";
import { type Family, WholeFamily } from "./family.ts";
import { encodeControlPlane, encodePrefix, type Frame, heartbeatFrame, withErrors } from "./frame.ts";
import { find } from "./interest.ts";
import { intersection, type NameList, toNames, union, without } from "./names.ts";
import { hasNews, isHeldBack, moveOn, plainAnswer, referrersAreSettled, warm, withDeparted } from "./order.ts";
import type { Request, Variant } from "./request.ts";
import { followScopes } from "./scopes.ts";
import { askedOf, isUnsettled, newSlot, nothingSent, type Slot, servedTo } from "./slot.ts";
import { type Answer, type Spelling, spellings } from "./spelling.ts";
import { splitUpdate } from "./split.ts";
import { type ResourceStanding, standings } from "./standing.ts";
import { nothingWithheld, sendAgain } from "./subscription.ts";
import type { NackPolicy } from "./trial.ts";
import { computeUpdate, isUpToDate, told, withhold } from "./update.ts";
import { followRoutes, withAbsentHosts } from "./virtual-hosts.ts";

/** Those who are served the same snapshots. */
export interface Audience {
  /** True if there is one client only: what is made for it is not kept for others. */
  readonly isAlone: boolean;
}

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
  /** The client's other streams, if it has a stream for each type. Default: this stream is all. */
  readonly family?: Family | undefined;
  /** Called when `next` may have something to say because of another stream of the family. */
  readonly wake?: (() => void) | undefined;
  /** Default: others are served the same. */
  readonly audience?: Audience | undefined;
  /** The types of which a name that does not exist is looked for: see `unresolved`. Default: none. */
  readonly resolves?: ((type: ResourceType) => boolean) | undefined;
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
  readonly #family: Family;
  readonly #resolves: (type: ResourceType) => boolean;
  readonly #wake: (() => void) | undefined;
  readonly #audience: Audience;
  /** In the order in which they are served. */
  #slots: readonly Slot[] = [];
  #snapshot: Snapshot | undefined;
  #lastNonce = 0;
  #released = false;

  constructor(options: ClientStreamOptions) {
    const { variant, only, readsWrapped = false, identifier, maxDeltaBytes = 4 * 1024 * 1024 } = options;
    const { nackPolicy = "hold", family = new WholeFamily(), wake, resolves = never, audience = many } = options;
    const { legacyWildcard = wildcardOf } = options;
    this.#spelling = spellings[variant === "sotw" && readsWrapped ? "wrapped" : variant];
    this.#only = only;
    this.#legacyWildcard = legacyWildcard;
    this.#controlPlane = identifier === undefined ? nothing : encodeControlPlane(identifier, this.#spelling.form);
    this.#nackPolicy = nackPolicy;
    this.#family = family;
    this.#wake = wake;
    this.#audience = audience;
    this.#resolves = resolves;
    this.#maxDeltaBytes = maxDeltaBytes;
  }

  /** One of the lists of names in the last request of each type: the next one probably repeats one. */
  findList(isIt: (list: NameList) => boolean): NameList | undefined {
    for (let i = 0; i < this.#slots.length; i++) {
      const { list } = this.#slots[i] as Slot; // within bounds
      if (isIt(list)) return list;
    }
    return undefined;
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
    moveOn(slot, this.#family);
    const { error } = request;
    const policy = this.#nackPolicy;
    return error === undefined ? accept(slot, sent, policy) : refuse(slot, sent, { error, policy });
  }

  /** Names of a type that do not exist, and that the last request asked for: to be looked for, and then `resolved`. */
  unresolved(type: ResourceType): readonly string[] {
    const slot = this.#find(type);
    if (slot === undefined || !this.#resolves(type)) return [];
    const resources = this.#snapshot?.set(type.typeUrl).resources;
    const asked = [...slot.subscription.pending].filter((name) => !slot.unresolved.has(name));
    const names = asked.filter((name) => resources === undefined || find(resources, name).length === 0);
    slot.unresolved = union(slot.unresolved, toNames(names));
    return names;
  }

  /** Names that were looked for are in the snapshot now, or do not exist. */
  resolved(type: ResourceType, names: readonly string[]): void {
    const slot = this.#find(type);
    if (slot !== undefined) slot.unresolved = without(slot.unresolved, toNames(names));
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
    for (let i = 0; i < this.#slots.length; i++) {
      const response = this.#advance(this.#slots[i] as Slot, this.#snapshot); // within bounds
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

  /** True while the client is served something else of a type than it was to have, as it refused that. */
  isOnTrial(type: ResourceType): boolean {
    return this.#find(type)?.trial !== undefined;
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
    // Asked of each stream again and again: lists and closures would be felt.
    let hasReferrer = false;
    for (let i = 0; i < this.#slots.length; i++) {
      const { type, subscription } = this.#slots[i] as Slot; // within bounds
      if (subscription.withheld.size > 0) return true;
      hasReferrer ||= type.role === "referrer";
    }
    if (!hasReferrer) return false;
    for (const { outstanding, awaited } of this.#family.ofType(clusters)) {
      if (outstanding || awaited.size > 0) return true;
    }
    return false;
  }

  /** Stops waiting for answers that hold back something else, until the next snapshot: the client took too long. */
  release(): void {
    this.#released = true;
  }

  /** To be called when the stream is over. */
  close(): void {
    for (const slot of this.#slots) {
      this.#family.delete(slot);
      moveOn(slot, this.#family);
    }
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
    const known = this.#find(type);
    if (known !== undefined) return known;
    const slot = newSlot(type, this.#spelling);
    const behind = this.#slots.findIndex((other) => other.type.rank > type.rank);
    this.#slots = this.#slots.toSpliced(behind < 0 ? this.#slots.length : behind, 0, slot);
    this.#family.add(slot, this.#wake);
    return slot;
  }

  #subscribe(slot: Slot, request: Request): void {
    const legacyWildcard = this.#legacyWildcard(slot.type);
    slot.subscription = this.#spelling.subscribe(slot.subscription, request, { first: slot.isNew, legacyWildcard });
    slot.list = request.subscribe;
    slot.readsErrors ||= request.usesLocators;
    slot.isNew = false;
  }

  #advance(slot: Slot, snapshot: Snapshot): Response | undefined {
    if (slot.outstanding || this.#wouldCrash(slot)) return undefined;
    if (!this.#released && isHeldBack(slot, this.#family, snapshot)) return undefined;
    const set = servedTo(slot, snapshot);
    const part = slot.rest.at(0);
    if (part !== undefined) {
      slot.rest = slot.rest.slice(1);
      return this.#respond(slot, set, plainAnswer(slot, set, part));
    }
    if (isAtRest(slot, set)) return this.#beat(slot, set);
    const answer = this.#answer(slot, snapshot, set);
    const stillPending = intersection(slot.subscription.pending, slot.unresolved);
    slot.subscription = sendAgain(told(slot.subscription, set.resources, answer.withheld), stillPending);
    if (slot.type === clusters) {
      warm(slot, answer.update, this.#family);
      this.#family.wake("referrer");
    }
    if (slot.type === routes) followRoutes(answer.update, this.#family);
    if (slot.type === scopedRoutes) followScopes(answer.update, this.#family);
    if (!this.#spelling.isWorthSaying(answer, slot.type)) return this.#beat(slot, set);
    return this.#respond(slot, set, this.#split(slot, answer));
  }

  /** Envoy 1.40 crashes when it is answered for LEDS on an aggregated SotW stream; it can do without. */
  #wouldCrash({ type }: Slot): boolean {
    return type === lbEndpoints && this.#only === undefined && this.#spelling.form !== "delta";
  }

  #answer(slot: Slot, snapshot: Snapshot, set: ResourceSet): Answer {
    const { type } = slot;
    const subscription = askedOf(slot);
    const isShared = !this.#audience.isAlone;
    const computed = withAbsentHosts(slot, computeUpdate(set.resources, subscription, isShared), this.#family);
    const update = withDeparted(slot, computed, this.#family, snapshot);
    const gone = withhold(subscription.withheld, update);
    const mayWithdraw =
      gone.size === 0 ||
      type.role !== "referent" ||
      slot.trial !== undefined ||
      this.#released ||
      referrersAreSettled(slot, this.#family, snapshot);
    return {
      set,
      update,
      subscription,
      readsErrors: slot.readsErrors,
      withdrawn: mayWithdraw ? gone : nothingWithheld,
      withheld: mayWithdraw ? nothingWithheld : gone,
      isShared,
    };
  }

  #respond(slot: Slot, set: ResourceSet, answer: Answer): Response {
    slot.sentResources = answer.update.resources;
    const frame = this.#spelling.toFrame(answer, slot.type);
    const { missing } = answer.update;
    return this.#send(slot, set, slot.readsErrors ? withErrors(frame, missing, this.#spelling.form) : frame);
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
    const parts = splitUpdate(answer.update, this.#maxDeltaBytes);
    const [first] = parts;
    if (first === undefined || parts.length === 1) return answer;
    slot.rest = parts.slice(1);
    return { ...answer, update: first };
  }

  #beat(slot: Slot, set: ResourceSet): Response | undefined {
    if (!slot.beat) return undefined;
    slot.beat = false;
    const frame = heartbeatFrame(set, slot.subscription, this.#spelling.form);
    if (frame === undefined) return undefined;
    slot.sentResources = nothingSent;
    return this.#send(slot, set, frame);
  }

  /** True if the client has answered what it was sent of the type, and there is nothing more to say. */
  #isSettled(slot: Slot, snapshot: Snapshot): boolean {
    if (this.#wouldCrash(slot)) return true;
    return !isUnsettled(slot) && slot.subscription.withheld.size === 0 && !hasNews(slot, snapshot);
  }

  #find(type: ResourceType): Slot | undefined {
    // Asked several times for each request: a closure would take longer than what there is to do.
    for (let i = 0; i < this.#slots.length; i++) {
      const slot = this.#slots[i] as Slot; // within bounds
      if (slot.type.typeUrl === type.typeUrl) return slot;
    }
    return undefined;
  }
}

/** Whether all has been said of the type, and nothing is left to withdraw: an answer would change nothing. */
function isAtRest({ sent, subscription, missing }: Slot, { resources }: ResourceSet): boolean {
  const { withheld, fresh } = subscription;
  const isSettled = sent !== undefined && withheld.size + fresh.size + missing.size === 0;
  return isSettled && isUpToDate(resources, subscription);
}

function wildcardOf(type: ResourceType): boolean {
  return type.legacyWildcard;
}

function never(): boolean {
  return false;
}

const nothing = new Uint8Array();
const many: Audience = { isAlone: false };
