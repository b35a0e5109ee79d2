import type { ResourceType } from "../resource/type.ts";
import type { View, Watcher } from "../snapshot/view.ts";
import { type Audience, ClientStream } from "../stream/client-stream.ts";
import { ProtocolError, type Receipt, type Response } from "../stream/conversation.ts";
import type { Frame } from "../stream/frame.ts";
import { type Request, readRequest, type Variant } from "../stream/request.ts";
import { type Client, type Peer, StreamTypeStatus, type TypeStatus } from "./client.ts";
import type { Discovery } from "./discovery.ts";
import { LimitError } from "./limits.ts";
import { type Node, readNode, readNodeId } from "./node.ts";
import type { Pump } from "./wake-queue.ts";

/** What a transport offers for one stream. */
export interface Channel {
  readonly method: string;
  readonly metadata: Client["metadata"];
  readonly peer: Peer;
  /** True when another response may be written. */
  readonly writable: boolean;
  /** Writes a response: the prefix, then the frame's chunks. */
  write(frame: Frame, prefix: Uint8Array): void;
  /** Ends the stream because something is wrong on this side. */
  fail(error: unknown): void;
}

export interface StreamKind {
  readonly variant: Variant;
  /** The only type of a stream of a per-type service. */
  readonly only?: ResourceType | undefined;
}

/** One stream of a client between its transport and the snapshots of its group. */
export class Connection implements Client, Watcher, Pump, Audience {
  static #lastId = 0;

  readonly id = ++Connection.#lastId;
  readonly variant: Variant;
  identity: unknown;
  groups: readonly string[] = [];
  readonly #discovery: Discovery;
  readonly #channel: Channel;
  readonly #kind: StreamKind;
  readonly #openedMs = Date.now();
  #stream: ClientStream | undefined;
  #status: readonly StreamTypeStatus[] = [];
  #node: Node | undefined;
  #firstTypeUrl = "";
  /** What it is shown, from when it has said who it is until it is gone. */
  #view: View | undefined;
  #waitingSinceMs: number | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(discovery: Discovery, channel: Channel, kind: StreamKind) {
    this.#discovery = discovery;
    this.#channel = channel;
    this.#kind = kind;
    this.variant = kind.variant;
  }

  get node(): Node {
    if (this.#node === undefined) throw new TypeError("The client has not said yet who it is");
    return this.#node;
  }

  get group(): string {
    return this.groups.join("+");
  }

  /** Whether no other client is shown what this one is. */
  get isAlone(): boolean {
    return this.#view?.isWatchedByMany === false;
  }

  get progress(): Client["progress"] {
    return this.#stream?.progress ?? "waiting";
  }

  get openedAt(): Date {
    return new Date(this.#openedMs);
  }

  get peer(): Peer {
    return this.#channel.peer;
  }

  get metadata(): Client["metadata"] {
    return this.#channel.metadata;
  }

  get method(): string {
    return this.#channel.method;
  }

  get types(): Iterable<TypeStatus> {
    return this.#status.toSorted((a, b) => a.type.rank - b.type.rank);
  }

  /** Takes a request in wire format, and copies of it what it keeps. What it throws, or rejects with, ends the stream. */
  message(bytes: Uint8Array): void | Promise<void> {
    const isAllowed = this.#stream !== undefined && this.#discovery.hooks.onRequest === undefined;
    const request = readRequest(this.variant, isAllowed ? bytes : new Uint8Array(bytes), this.#stream);
    this.#identify(request);
    return isAllowed ? this.#take(request) : this.#takeWhenAllowed(request);
  }

  /** Writes what there is to say, as long as the transport takes it. What goes wrong ends this stream, and no other. */
  pump(): void {
    try {
      this.#write();
    } catch (error) {
      this.#channel.fail(error);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#heartbeat);
    this.#discovery.wakeQueue.delete(this);
    if (this.#view === undefined) return;
    this.#discovery.snapshots.leave(this.#view, this);
    this.#stream?.close();
    if (this.#kind.only !== undefined) this.#discovery.families.leave(this);
    this.#discovery.remove(this);
    this.#discovery.hooks.onClose?.(this);
  }

  /** Asks again which groups the client belongs to, and serves it what those have from now on. */
  async regroup(): Promise<void> {
    try {
      const groups = await this.#askGroups();
      if (this.#closed || this.#stream === undefined || groups.join("\0") === this.groups.join("\0")) return;
      this.groups = groups;
      if (this.#view !== undefined) this.#discovery.snapshots.leave(this.#view, this);
      this.#watch(this.#stream);
      this.#discovery.wakeQueue.add(this);
    } catch (error) {
      this.#channel.fail(error);
    }
  }

  /** Lets go of what waits for an answer of this client for longer than `limitMs`. */
  checkOrder(nowMs: number, limitMs: number): void {
    if (this.#stream?.isWaiting !== true) this.#waitingSinceMs = undefined;
    else if (this.#waitingSinceMs === undefined) this.#waitingSinceMs = nowMs;
    else if (nowMs - this.#waitingSinceMs >= limitMs) {
      this.#waitingSinceMs = undefined;
      this.#stream.release();
      this.#discovery.wakeQueue.add(this);
    }
  }

  async #takeWhenAllowed(request: Request): Promise<void> {
    const { hooks } = this.#discovery;
    if (this.#stream === undefined) {
      this.#firstTypeUrl = this.#kind.only?.typeUrl ?? request.typeUrl;
      this.identity = await hooks.authenticate?.(this);
      await hooks.authorize?.(this);
      this.groups = await this.#askGroups();
    }
    await hooks.onRequest?.(this, request);
    if (!this.#closed) await this.#take(request);
  }

  async #askGroups(): Promise<readonly string[]> {
    const { groupOf, onDemand } = this.#discovery;
    const groups = await groupOf(this, { typeUrl: this.#firstTypeUrl });
    return onDemand?.layersOf(groups) ?? (typeof groups === "string" ? [groups] : groups);
  }

  /** A node, once said, stays: P2. */
  #identify({ node }: Request): void {
    const { maxNodeBytes } = this.#discovery.limits;
    if (node !== undefined && node.length > maxNodeBytes) {
      throw new LimitError("maxNodeBytes", `node has ${node.length} bytes; the limit is ${maxNodeBytes}`);
    }
    if (this.#node === undefined) {
      if (node === undefined) throw new ProtocolError("node is required in the first request of a stream");
      this.#node = readNode(node);
    } else if (node !== undefined && readNodeId(node) !== this.#node.id) {
      throw new ProtocolError(`The node of a stream cannot change from "${this.#node.id}" to "${readNodeId(node)}"`);
    }
  }

  #take(request: Request): Promise<void> | void {
    this.#stream ??= this.#join();
    const receipt = this.#stream.receive(request);
    this.#limitSubscriptions(this.#stream, receipt);
    this.#note(this.#stream, receipt);
    this.#lookUp(this.#stream, receipt.type);
    const { onAck, onNack } = this.#discovery.hooks;
    const answered =
      receipt.kind === "ack" ? onAck?.(this, receipt) : receipt.kind === "nack" && onNack?.(this, receipt);
    return answered ? answered.then(() => this.pump()) : this.pump();
  }

  /** Looks for what the client asks for and no snapshot has. */
  #lookUp(stream: ClientStream, type: ResourceType): void {
    const { onDemand } = this.#discovery;
    if (onDemand === undefined) return;
    const names = stream.unresolved(type);
    if (names.length === 0) return;
    const lookup = onDemand.look(this, this.groups, { type, names });
    if (lookup === undefined) stream.resolved(type, names);
    else lookup.then(() => this.#resolve(stream, type, names));
  }

  #resolve(stream: ClientStream, type: ResourceType, names: readonly string[]): void {
    stream.resolved(type, names);
    if (!this.#closed) this.#discovery.wakeQueue.add(this);
  }

  #limitSubscriptions(stream: ClientStream, { type }: Receipt): void {
    const { maxNamesPerType, maxTypesPerStream } = this.#discovery.limits;
    const names = stream.countNames(type);
    if (names > maxNamesPerType) {
      throw new LimitError("maxNamesPerType", `${names} names of ${type.key}; the limit is ${maxNamesPerType}`);
    }
    if (stream.typeCount > maxTypesPerStream) {
      throw new LimitError("maxTypesPerStream", `${stream.typeCount} types; the limit is ${maxTypesPerStream}`);
    }
  }

  #join(): ClientStream {
    const { wakeQueue, families, legacyWildcard, identifier, nackPolicy } = this.#discovery;
    const readsWrapped = this.node.clientFeatures.some((feature) => wrapperFeatures.includes(feature));
    this.#discovery.add(this);
    const siblings =
      this.#kind.only === undefined ? {} : { family: families.join(this), wake: () => wakeQueue.add(this) };
    const options = {
      legacyWildcard,
      identifier,
      nackPolicy,
      readsWrapped,
      resolves: this.#discovery.onDemand?.resolves,
      audience: this,
    };
    const stream = new ClientStream({ ...this.#kind, ...options, ...siblings });
    this.#watch(stream);
    return stream;
  }

  /** Shows the stream what its groups have, now and after each change. */
  #watch(stream: ClientStream): void {
    this.#view = this.#discovery.snapshots.join(this.groups, this);
    stream.observe(this.#view.snapshot);
  }

  /** What its groups have has changed. */
  wake(): void {
    this.#stream?.observe(this.#view?.snapshot);
    this.#discovery.wakeQueue.add(this);
  }

  #write(): void {
    while (this.#channel.writable && !this.#closed) {
      const response = this.#stream?.next();
      if (response === undefined) break;
      this.#channel.write(response.frame, response.prefix);
      this.#record(response);
    }
    this.#scheduleHeartbeat();
  }

  /** What has a time to live is named again at half of it. */
  #scheduleHeartbeat(): void {
    const ttlMs = this.#stream?.shortestTtlMs;
    if (ttlMs === undefined || this.#heartbeat !== undefined || this.#closed) return;
    this.#heartbeat = setTimeout(() => {
      this.#heartbeat = undefined;
      this.#stream?.beat();
      this.pump();
    }, ttlMs / 2).unref();
  }

  #note(stream: ClientStream, receipt: Receipt): void {
    const { type } = receipt;
    const status = this.#statusOf(type) ?? this.#newStatus(type, stream);
    if (receipt.kind === "subscribe") return;
    if (receipt.kind === "ack") {
      status.noteAcked(receipt.version);
      if (!stream.isOnTrial(type)) status.nacked = undefined;
    } else if (receipt.kind === "nack") {
      const { version, nonce, error, resources, culprits } = receipt;
      const { code, message } = error;
      status.nacked = { version, nonce, at: new Date(), code, message, resources, culprits };
    }
    this.#discovery.tell({ client: this, ...receipt });
  }

  #newStatus(type: ResourceType, stream: ClientStream): StreamTypeStatus {
    const status = new StreamTypeStatus(type, stream);
    this.#status = this.#status.concat(status);
    return status;
  }

  #statusOf(type: ResourceType): StreamTypeStatus | undefined {
    return this.#status.find((status) => status.type === type);
  }

  #record({ type, version, nonce, prefix, frame }: Response): void {
    this.#statusOf(type)?.noteSent(version, nonce);
    this.#discovery.tell({ kind: "sent", client: this, type, version, nonce, size: prefix.length + frame.length });
  }
}

/**
 * Clients with one of these features read a `Resource` wrapper in SotW responses.
 * https://www.envoyproxy.io/docs/envoy/latest/api/client_features
 */
const wrapperFeatures = ["xds.config.supports-resource-in-sotw", "xds.config.resource-in-sotw"];
