import type { ResourceType } from "../resource/type.ts";
import type { Groups, Snapshots } from "../snapshot/snapshots.ts";
import type { Receipt } from "../stream/conversation.ts";
import type { Request } from "../stream/request.ts";
import type { NackPolicy } from "../stream/trial.ts";
import { type AckSource, awaitAcks } from "./acks.ts";
import type { Client, DiscoveryEvent } from "./client.ts";
import { type Channel, Connection, type StreamKind } from "./connection.ts";
import { Broadcast } from "./events.ts";
import { Families } from "./families.ts";
import { isLoopback, LimitError, type Limits, withDefaults } from "./limits.ts";
import { OnDemand, type OnDemandOptions } from "./on-demand.ts";
import { DiscoveryStats } from "./stats.ts";
import { WakeQueue } from "./wake-queue.ts";

/**
 * Decisions of the caller, at once or later. An error that is thrown, or that a promise rejects with, ends the client's
 * stream: a `StatusError` with its status.
 */
export interface DiscoveryHooks {
  /** Finds out who a client is, from its certificate or metadata. What it returns becomes `client.identity`. */
  authenticate?(client: Client): unknown;
  /** Says whether a client may be served, by its identity and node; before the first request of a stream is. */
  authorize?(client: Client): Promise<void> | void;
  /** Before each request is served, the first included. */
  onRequest?(client: Client, request: Request): Promise<void> | void;
  onAck?(client: Client, ack: Extract<Receipt, { readonly kind: "ack" }>): Promise<void> | void;
  onNack?(client: Client, nack: Extract<Receipt, { readonly kind: "nack" }>): Promise<void> | void;
  /** After a stream has ended. */
  onClose?(client: Client): void;
}

export interface DiscoveryOptions {
  readonly snapshots: Snapshots;
  readonly hooks?: DiscoveryHooks | undefined;
  /**
   * Which group, and so which snapshot, a client belongs to, by who it is and what it asks for first; or several as
   * layers, from what a fleet has in common to what is the node's own. Default: its node id.
   */
  readonly groupOf?: GroupOf | undefined;
  /** Finds what no snapshot has. Default: nothing is looked for. */
  readonly onDemand?: OnDemandOptions | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** The types for which a client that names nothing wants everything. Default: LDS, CDS and SRDS. */
  readonly legacyWildcard?: ((type: ResourceType) => boolean) | undefined;
  /** What to do when a client refuses a response. Default: hold, until the resources change. */
  readonly nackPolicy?: NackPolicy | undefined;
  /** Who answers, for clients to show: `control_plane.identifier`. Default: not said. */
  readonly identifier?: string | undefined;
  /** How long a client may leave unanswered what something else waits for. Default: 15 s. */
  readonly orderTimeoutMs?: number | undefined;
  readonly onEvent?: ((event: DiscoveryEvent) => void) | undefined;
}

export type GroupOf = (client: Client, first: FirstRequest) => Groups | Promise<Groups>;

/** What a client asked for first: a stream of its own for one type is that type's. */
export interface FirstRequest {
  readonly typeUrl: string;
}

/** Brings snapshots to the streams of clients, whatever transport they come by, and knows who has what. */
export class Discovery {
  readonly snapshots: Snapshots;
  readonly hooks: DiscoveryHooks;
  readonly groupOf: GroupOf;
  readonly limits: Limits;
  readonly legacyWildcard: ((type: ResourceType) => boolean) | undefined;
  readonly identifier: string | undefined;
  readonly nackPolicy: NackPolicy | undefined;
  readonly stats = new DiscoveryStats();
  readonly events = new Broadcast();
  /** @internal */
  readonly onDemand: OnDemand | undefined;
  /** @internal */
  readonly wakeQueue = new WakeQueue();
  /** @internal */
  readonly families = new Families();
  readonly #connections = new Set<Connection>();
  readonly #ackListeners = new Set<() => void>();
  readonly #orderTimeoutMs: number;
  readonly #onEvent: (event: DiscoveryEvent) => void;
  #orderCheck: NodeJS.Timeout | undefined;

  constructor(options: DiscoveryOptions) {
    const { snapshots, hooks = {}, groupOf = ({ node }) => node.id } = options;
    const {
      onDemand,
      limits,
      legacyWildcard,
      identifier,
      nackPolicy,
      orderTimeoutMs = 15_000,
      onEvent = () => {},
    } = options;
    this.snapshots = snapshots;
    this.hooks = hooks;
    this.groupOf = groupOf;
    this.limits = withDefaults(limits);
    this.onDemand = onDemand && new OnDemand(onDemand, snapshots);
    this.legacyWildcard = legacyWildcard;
    this.identifier = identifier;
    this.nackPolicy = nackPolicy;
    this.#orderTimeoutMs = orderTimeoutMs;
    this.#onEvent = onEvent;
    snapshots.onAwaitAcks((group, ackedOptions) => awaitAcks(this.#ackSource(group), ackedOptions));
  }

  /** The clients that have said who they are. */
  get clients(): ReadonlySet<Client> {
    return this.#connections;
  }

  /** Asks `groupOf` again for each client: what it said may not be so any more. */
  async regroup(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.regroup()));
  }

  /** Begins to serve a stream. The transport hands over messages, says when it can write again, and when all is over. */
  open(channel: Channel, kind: StreamKind): Connection {
    return new Connection(this, channel, kind);
  }

  /** @internal */
  add(connection: Connection): void {
    this.#limitStreams(connection);
    this.#connections.add(connection);
    this.#orderCheck ??= setInterval(() => this.#checkOrder(), this.#orderTimeoutMs / 10).unref();
    this.tell({ kind: "open", client: connection });
  }

  /** @internal */
  remove(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) {
      clearInterval(this.#orderCheck);
      this.#orderCheck = undefined;
    }
    this.tell({ kind: "close", client: connection });
  }

  /** @internal */
  tell(event: DiscoveryEvent): void {
    this.stats.count(event);
    for (const listener of this.#ackListeners) listener();
    this.events.send(event);
    this.#onEvent(event);
  }

  #ackSource(group: string): AckSource {
    return {
      clients: () => [...this.#connections].filter(({ groups }) => groups.includes(group)),
      listen: (listener) => {
        this.#ackListeners.add(listener);
        return () => this.#ackListeners.delete(listener);
      },
    };
  }

  #limitStreams({ node, peer }: Connection): void {
    const { maxStreamsPerNode } = this.limits;
    if (this.#connections.size < maxStreamsPerNode || isLoopback(peer.address)) return;
    const streams = [...this.#connections].filter((other) => other.node.id === node.id).length;
    if (streams < maxStreamsPerNode) return;
    throw new LimitError("maxStreamsPerNode", `node "${node.id}" has ${streams} streams, which is the limit`);
  }

  #checkOrder(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.checkOrder(nowMs, this.#orderTimeoutMs);
  }
}
