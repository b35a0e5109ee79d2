import { setTimeout } from "node:timers/promises";
import { typeOf } from "../resource/type.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { snapshotToJson } from "../snapshot/to-json.ts";
import type { Variant } from "../stream/request.ts";
import { type Counterpart, type Ended, type Patience, Unsayable } from "./counterpart.ts";
import type { GrpcClient, GrpcClientStream } from "./grpc-client.ts";
import { encodeNode } from "./request.ts";

export interface RemoteOptions {
  readonly variant: Variant;
  readonly client: GrpcClient;
  /** The gRPC method of the streams. */
  readonly method: string;
  /** Where snapshots are put, such as `http://127.0.0.1:18001`. */
  readonly api: string;
  readonly nodeId: string;
  readonly clientFeatures: readonly string[];
  /** How long to wait for a response that has to come, for one that may, and for one that must not. */
  readonly patienceMs: Readonly<Record<Patience, number>>;
}

/** Any server that speaks xDS over gRPC and takes snapshots by `PUT /api/v1/snapshots/{node}`. */
export class RemoteCounterpart implements Counterpart {
  readonly variant: Variant;
  readonly node: Uint8Array;
  readonly #options: RemoteOptions;
  #stream: GrpcClientStream | undefined;
  #published = false;
  /** True if the server may not have read yet what was sent last. */
  #unheard = false;

  constructor(options: RemoteOptions) {
    const { variant, nodeId: id, clientFeatures } = options;
    this.variant = variant;
    this.node = encodeNode({ id, clientFeatures });
    this.#options = options;
  }

  get ended(): Ended | undefined {
    return this.#stream?.ended;
  }

  async publish(snapshot: Snapshot | undefined): Promise<void> {
    await this.#settle();
    if (snapshot !== undefined) return this.#put(snapshot);
    if (this.#published) await this.#fetch({ method: "DELETE" });
    this.#published = false;
  }

  open(): void {
    this.#stream?.close();
    this.#stream = this.#options.client.open(this.#options.method);
  }

  send(request: Uint8Array): void {
    this.#unheard = true;
    this.#stream?.send(request);
  }

  async hear(patience: Patience): Promise<Uint8Array | Ended | undefined> {
    this.#unheard = false;
    return this.#stream?.next(this.#options.patienceMs[patience]);
  }

  /** Leaves nothing behind. */
  async close(): Promise<void> {
    this.#stream?.close();
    if (this.#published) await this.#fetch({ method: "DELETE" });
  }

  async #put(snapshot: Snapshot): Promise<void> {
    const strange = [...snapshot.sets].flatMap(({ resources }) => [...resources]).find(isUnsayable);
    if (strange !== undefined) throw new Unsayable(`the API cannot say that "${strange.name}" is on demand only`);
    const body = JSON.stringify(snapshotToJson(snapshot, { redact: false }));
    const response = await this.#fetch({ method: "PUT", body, headers: { "content-type": "application/json" } });
    const text = await response.text();
    if (!response.ok)
      throw new Unsayable(`the API refuses the snapshot: ${response.status} ${text.trim().slice(0, 160)}`);
    this.#published = true;
  }

  async #fetch(init: RequestInit): Promise<Response> {
    const { api, nodeId } = this.#options;
    return fetch(`${api}/api/v1/snapshots/${encodeURIComponent(nodeId)}`, init);
  }

  /** A snapshot comes by another connection: it must not overtake what was said before it. */
  async #settle(): Promise<void> {
    if (!this.#unheard) return;
    this.#unheard = false;
    await this.#options.client.settle();
    await setTimeout(this.#options.patienceMs.short);
  }
}

function isUnsayable({ typeUrl, onDemand }: { readonly typeUrl: string; readonly onDemand: boolean }): boolean {
  return onDemand || typeOf(typeUrl) === undefined;
}
