import type { ResourceType } from "../resource/type.ts";
import type { ClientStream } from "../stream/client-stream.ts";
import type { Receipt } from "../stream/conversation.ts";
import type { Variant } from "../stream/request.ts";
import type { ResourceStanding } from "../stream/standing.ts";
import type { Node } from "./node.ts";

/** Where a client's stream comes from, as its transport knows it. */
export interface Peer {
  readonly address: string;
  readonly port: number;
  readonly secure: boolean;
  /** The client's certificate, if it was verified against the CAs. */
  certificate?(): Certificate | undefined;
}

/** What a certificate says, as Node's `getPeerCertificate` shows it. */
export interface Certificate {
  readonly subject: object;
  /** Such as `URI:spiffe://example.org/edge, DNS:edge.example.org`. */
  readonly subjectaltname?: string | undefined;
  readonly fingerprint256: string;
}

/** One connected client: who it is, and what it has. */
export interface Client {
  /** Counts up from 1 over the streams of a process. */
  readonly id: number;
  readonly node: Node;
  readonly peer: Peer;
  /** Request headers of its stream. */
  readonly metadata: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** What the `authenticate` hook returned. */
  readonly identity: unknown;
  /** The group, or the groups joined by "+", whose snapshots it is served. "" until that is known. */
  readonly group: string;
  /** How far it is with its snapshot: whether it has all of it, has refused some, or has still to answer. */
  readonly progress: "accepted" | "refused" | "waiting";
  /** The gRPC method of its stream. */
  readonly method: string;
  readonly variant: Variant;
  readonly openedAt: Date;
  /** In the order in which they are served. */
  readonly types: Iterable<TypeStatus>;
}

/** What a client has of one type, as far as it has said. */
export interface TypeStatus {
  readonly type: ResourceType;
  readonly sent: { readonly version: string; readonly nonce: string; readonly at: Date } | undefined;
  readonly acked: { readonly version: string; readonly at: Date } | undefined;
  /** The last response that it refused, until it accepts one that keeps nothing back for that. */
  readonly nacked: Nack | undefined;
  /** How far it is with all that there is for it of this type. */
  readonly progress: Client["progress"];
  /** How far it is with each resource that it asks for. Computed when it is read. */
  readonly resources: Iterable<ResourceStanding>;
  /** Names of the resources that it is not served, as it refuses them: see the policy `quarantine`. */
  readonly quarantined: readonly string[];
}

export interface Nack {
  readonly version: string;
  readonly nonce: string;
  readonly at: Date;
  /** A gRPC status code. */
  readonly code: number;
  readonly message: string;
  /** Names of the resources that were new or changed in the response. */
  readonly resources: readonly string[];
  /** Those of them that the message names. */
  readonly culprits: readonly string[];
}

/** What happens to clients, as it happens. */
export type DiscoveryEvent =
  | { readonly kind: "open"; readonly client: Client }
  | { readonly kind: "close"; readonly client: Client }
  | {
      readonly kind: "sent";
      readonly client: Client;
      readonly type: ResourceType;
      readonly version: string;
      readonly nonce: string;
      /** Bytes of the response. */
      readonly size: number;
    }
  | ({ readonly client: Client } & Exclude<Receipt, { readonly kind: "subscribe" }>);

/** The status of a type as it is written down, from when the client of a stream first asks for it. */
export class StreamTypeStatus implements TypeStatus {
  readonly type: ResourceType;
  nacked: TypeStatus["nacked"];
  readonly #stream: ClientStream;
  // There is one for each type of each client, so that it holds numbers where it shows objects.
  #sentVersion: string | undefined;
  #sentNonce = "";
  #sentAt = 0;
  #ackedVersion: string | undefined;
  #ackedAt = 0;

  constructor(type: ResourceType, stream: ClientStream) {
    this.type = type;
    this.#stream = stream;
  }

  get sent(): TypeStatus["sent"] {
    const version = this.#sentVersion;
    return version === undefined ? undefined : { version, nonce: this.#sentNonce, at: new Date(this.#sentAt) };
  }

  noteSent(version: string, nonce: string): void {
    this.#sentVersion = version;
    this.#sentNonce = nonce;
    this.#sentAt = Date.now();
  }

  get acked(): TypeStatus["acked"] {
    const version = this.#ackedVersion;
    return version === undefined ? undefined : { version, at: new Date(this.#ackedAt) };
  }

  noteAcked(version: string): void {
    this.#ackedVersion = version;
    this.#ackedAt = Date.now();
  }

  get progress(): TypeStatus["progress"] {
    return this.#stream.progressOf(this.type);
  }

  get quarantined(): TypeStatus["quarantined"] {
    return this.#stream.quarantined(this.type);
  }

  get resources(): TypeStatus["resources"] {
    return this.#stream.standings(this.type);
  }
}
