import type { ResourceType } from "../resource/type.ts";
import type { Snapshots } from "../snapshot/snapshots.ts";
import type { Request } from "../stream/request.ts";
import type { Client, DiscoveryEvent } from "./client.ts";
import { type Channel, Connection, type StreamKind } from "./connection.ts";
import { DiscoveryStats } from "./stats.ts";
import { WakeQueue } from "./wake-queue.ts";

/** Decisions of the caller. An error that is thrown, or that a promise rejects with, ends the client's stream. */
export interface DiscoveryHooks {
  /** Before the first request of a stream is served. `client.group` is not known yet. */
  onOpen?(client: Client): void | Promise<void>;
  /** Before each request is served, the first included. */
  onRequest?(client: Client, request: Request): void | Promise<void>;
}

export interface DiscoveryOptions {
  readonly snapshots: Snapshots;
  readonly hooks?: DiscoveryHooks | undefined;
  /** Which group, and so which snapshot, a client belongs to. Default: its node id. */
  readonly groupOf?: ((client: Client) => string) | undefined;
  /** The types for which a client that names nothing wants everything. Default: LDS, CDS and SRDS. */
  readonly legacyWildcard?: ((type: ResourceType) => boolean) | undefined;
  /** Who answers, for clients to show: `control_plane.identifier`. Default: not said. */
  readonly identifier?: string | undefined;
  /** How long a client may leave unanswered what something else waits for. Default: 15 s. */
  readonly orderTimeoutMs?: number | undefined;
  readonly onEvent?: ((event: DiscoveryEvent) => void) | undefined;
}

/** Brings snapshots to the streams of clients, whatever transport they come by, and knows who has what. */
export class Discovery {
  readonly snapshots: Snapshots;
  readonly hooks: DiscoveryHooks;
  readonly groupOf: (client: Client) => string;
  readonly legacyWildcard: ((type: ResourceType) => boolean) | undefined;
  readonly identifier: string | undefined;
  readonly stats = new DiscoveryStats();
  /** @internal */
  readonly wakeQueue = new WakeQueue();
  readonly #connections = new Set<Connection>();
  readonly #orderTimeoutMs: number;
  readonly #onEvent: (event: DiscoveryEvent) => void;
  #orderCheck: NodeJS.Timeout | undefined;

  constructor(options: DiscoveryOptions) {
    const { snapshots, hooks = {}, groupOf = ({ node }) => node.id } = options;
    const { legacyWildcard, identifier, orderTimeoutMs = 15_000, onEvent = () => {} } = options;
    this.snapshots = snapshots;
    this.hooks = hooks;
    this.groupOf = groupOf;
    this.legacyWildcard = legacyWildcard;
    this.identifier = identifier;
    this.#orderTimeoutMs = orderTimeoutMs;
    this.#onEvent = onEvent;
  }

  /** The clients that have said who they are. */
  get clients(): ReadonlySet<Client> {
    return this.#connections;
  }

  /** Begins to serve a stream. The transport hands over messages, says when it can write again, and when all is over. */
  open(channel: Channel, kind: StreamKind): Connection {
    return new Connection(this, channel, kind);
  }

  /** @internal */
  add(connection: Connection): void {
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
    this.#onEvent(event);
  }

  #checkOrder(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.checkOrder(nowMs, this.#orderTimeoutMs);
  }
}
