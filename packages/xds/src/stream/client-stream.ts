import { clusters, endpoints, opaqueType, type ResourceType, typeOf } from "../resource/type.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { assignmentNames } from "./assignments.ts";
import { encodeNonce, type Frame } from "./frame.ts";
import { emptyList, intersection, type NameList } from "./names.ts";
import type { Request, RequestError, Variant } from "./request.ts";
import { type Answer, type Spelling, spellings } from "./spelling.ts";
import { newSubscription, nothingWithheld, type Subscription, sendAgain } from "./subscription.ts";
import { computeUpdate, told, type Update, withhold } from "./update.ts";

export interface ClientStreamOptions {
  readonly variant: Variant;
  /** The only type of a stream of a per-type service; by default the stream is aggregated (ADS). */
  readonly only?: ResourceType | undefined;
  /** The types for which a client that names nothing wants everything. Default: those that have it in the protocol. */
  readonly legacyWildcard?: ((type: ResourceType) => boolean) | undefined;
}

/** One response, to be written as `prefix` and then the frame's chunks. */
export interface Response {
  readonly type: ResourceType;
  readonly version: string;
  readonly nonce: string;
  /** The nonce as a field. */
  readonly prefix: Uint8Array;
  readonly frame: Frame;
}

/** What a request meant. */
export type Receipt =
  | { readonly kind: "subscribe"; readonly type: ResourceType }
  | { readonly kind: "stale"; readonly type: ResourceType }
  | { readonly kind: "ack"; readonly type: ResourceType; readonly version: string; readonly nonce: string }
  | {
      readonly kind: "nack";
      readonly type: ResourceType;
      readonly version: string;
      readonly nonce: string;
      readonly error: RequestError;
    };

/** The client broke the protocol: its stream ends with INVALID_ARGUMENT. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/**
 * One xDS stream as a state machine: it is told what arrives and says what to send next, without I/O, timers or clock.
 * At most one response of a type is unanswered at a time, so a slow client costs a flag and later gets the latest state.
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
 */
export class ClientStream {
  readonly variant: Variant;
  readonly #spelling: Spelling;
  readonly #only: ResourceType | undefined;
  readonly #legacyWildcard: (type: ResourceType) => boolean;
  /** In the order in which they are served. */
  readonly #slots: Slot[] = [];
  #snapshot: Snapshot | undefined;
  #lastNonce = 0;
  #released = false;

  constructor(options: ClientStreamOptions) {
    const { variant, only, legacyWildcard = (type: ResourceType) => type.legacyWildcard } = options;
    this.variant = variant;
    this.#spelling = spellings[variant];
    this.#only = only;
    this.#legacyWildcard = legacyWildcard;
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
    const { version, nonce } = sent;
    return request.error === undefined
      ? { kind: "ack", type, version, nonce }
      : { kind: "nack", type, version, nonce, error: request.error };
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

  /** True while something is held back until the client has answered something else. */
  get isWaiting(): boolean {
    const snapshot = this.#snapshot;
    if (snapshot === undefined || this.#released) return false;
    const clustersUnanswered = this.#find(clusters)?.outstanding === true;
    return this.#slots.some(
      ({ type, subscription }) => subscription.withheld.size > 0 || (clustersUnanswered && type.role === "referrer"),
    );
  }

  /** Stops waiting for answers that hold back something else, until the next snapshot: the client took too long. */
  release(): void {
    this.#released = true;
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
    const slot = {
      type,
      subscription: newSubscription,
      list: emptyList,
      sent: undefined,
      outstanding: false,
      isNew: true,
    };
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

  #advance(slot: Slot, snapshot: Snapshot): Response | undefined {
    if (slot.outstanding || this.#isHeldBack(slot)) return undefined;
    const set = snapshot.set(slot.type.typeUrl);
    const before = slot.subscription;
    const update = computeUpdate(set.resources, before);
    const gone = withhold(before.withheld, update);
    const mayWithdraw = slot.type.role !== "referent" || this.#referrersAreSettled(snapshot);
    const answer: Answer = {
      set,
      update,
      subscription: before,
      withdrawn: mayWithdraw ? gone : nothingWithheld,
      withheld: mayWithdraw ? nothingWithheld : gone,
    };
    slot.subscription = told(before, set.resources, answer.withheld);
    if (!this.#spelling.isWorthSaying(answer, slot.type)) return undefined;
    if (slot.type === clusters) this.#sendAssignmentsAgain(update);
    slot.outstanding = true;
    slot.sent = { nonce: String(++this.#lastNonce), version: set.version };
    const frame = this.#spelling.toFrame(answer, slot.type);
    return { type: slot.type, ...slot.sent, prefix: encodeNonce(slot.sent.nonce), frame };
  }

  /** Routes and listeners wait until the client has what they may refer to: Envoy ACKs clusters once they are warm. */
  #isHeldBack({ type }: Slot): boolean {
    return type.role === "referrer" && !this.#released && this.#find(clusters)?.outstanding === true;
  }

  /** Nothing is withdrawn while a route or a listener that refers to it may still be in use. */
  #referrersAreSettled(snapshot: Snapshot): boolean {
    if (this.#released) return true;
    return this.#slots.every(({ type, outstanding, subscription }) => {
      if (type.role !== "referrer") return true;
      const set = snapshot.set(type.typeUrl);
      const update = computeUpdate(set.resources, subscription);
      const answer = {
        set,
        update,
        subscription,
        withdrawn: withhold(nothingWithheld, update),
        withheld: nothingWithheld,
      };
      return !outstanding && !this.#spelling.isWorthSaying(answer, type);
    });
  }

  /** Envoy warms a changed cluster with assignments that it is sent anew, also if they are the same as before. */
  #sendAssignmentsAgain(update: Update): void {
    const slot = this.#find(endpoints);
    if (slot === undefined) return;
    slot.subscription = sendAgain(slot.subscription, intersection(assignmentNames(update), slot.subscription.names));
  }

  #find(type: ResourceType): Slot | undefined {
    return this.#slots.find((slot) => slot.type === type);
  }
}

/** One type on a stream. */
interface Slot {
  readonly type: ResourceType;
  subscription: Subscription;
  list: NameList;
  sent: { readonly nonce: string; readonly version: string } | undefined;
  /** True while the last response is unanswered. */
  outstanding: boolean;
  /** True until the first request has been taken. */
  isNew: boolean;
}
