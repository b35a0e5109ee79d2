import { setTimeout } from "node:timers/promises";
import { WireError, WireReader, WireType } from "@chancery/envoy-api/wire";
import type { Peer } from "../discovery/client.ts";
import { type Node, readNode } from "../discovery/node.ts";
import {
  type CallHandler,
  Code,
  type GrpcCall,
  type MethodOptions,
  type OpenHandler,
  StatusError,
  toFrame,
} from "../grpc/index.ts";
import { Intake, type IntakeOptions, type IntakeStats } from "./intake.ts";

/** One method to serve: `server.handle(method, open, options)`. */
export interface ServiceMethod {
  readonly method: string;
  readonly open: OpenHandler;
  readonly options?: MethodOptions;
}

/** A stream on which an Envoy, or another client, sends what it has to say. */
export interface NodeStream {
  /** Counts up from 1 over the streams of a process. */
  readonly id: number;
  /** Who it says it is; all of it empty in a protocol that has no place for that. */
  readonly node: Node;
  readonly peer: Peer;
  /** Request headers. */
  readonly metadata: GrpcCall["metadata"];
  /** What the `authenticate` hook returned. */
  readonly identity: unknown;
  readonly method: string;
  readonly openedAt: Date;
  /** Writes one message. After the end of the stream it does nothing. */
  write(message: Uint8Array): void;
  /** Ends the stream: with the status of a `StatusError`, or as INTERNAL. */
  fail(error: unknown): void;
}

export interface NodeStreamOptions extends IntakeOptions {
  /**
   * Says who is at the other end, from the node that it claims to be, its certificate and its headers: what is returned
   * is the stream's `identity`. Throws a `StatusError` to refuse the stream. Called once, before any message is read.
   * Default: everyone may be any node.
   */
  readonly authenticate?: (stream: NodeStream) => unknown;
  /**
   * Streams one node, or one address where the protocol names no node, may have open; more end as RESOURCE_EXHAUSTED.
   * Default: 1,000.
   */
  readonly maxStreamsPerNode?: number;
  /** Bytes of the node in the first message; Envoy's is about 61 KB. Default: 1 MiB. */
  readonly maxNodeBytes?: number;
}

/** What streams have brought, and which were refused. A live view. */
export interface NodeStreamStats extends IntakeStats {
  /** Streams open now whose node is known. */
  readonly streams: number;
  /** Streams that were refused: because too much was waiting, or because their node has too many. */
  readonly refusedOverloaded: number;
  readonly refusedPerNode: number;
}

/** How the messages of a method are read. */
export interface StreamKind {
  /**
   * Field numbers that lead to the node in the first message: `[1, 1]` is the node in an identifier. Undefined if the
   * protocol names no node.
   */
  readonly nodePath: readonly number[] | undefined;
  /** Whether the method has one response rather than a stream of them: it is empty, and sent when the client ends. */
  readonly single?: boolean;
  /** Whether its readers have copied what they keep of a message once it is taken or dropped: it may be overwritten then. */
  readonly borrows?: boolean;
  /** Called when the node of a stream is known and may be served; the first message follows. */
  open(stream: NodeStream): StreamReader;
}

/** Takes the messages of one stream, one after the other. What it throws ends the stream. */
export interface StreamReader {
  /** Takes one message. `bytes` may be a view of a larger buffer, or be borrowed: copy what is held for long. */
  message(bytes: Uint8Array): Iterator<unknown> | undefined;
  /** A message was dropped because too much was waiting: count what is lost, and do nothing that takes long. */
  dropped?(bytes: Uint8Array): void;
  /** The stream is over, and everything that came was taken. */
  close?(): void;
}

/**
 * What the streams of one service have in common: the node is read from the first message and stays, who is there is
 * asked for once, and what comes waits in a bounded queue and is taken in slices. When the queue is full messages are
 * dropped and counted, and new streams are refused as UNAVAILABLE.
 */
export class NodeStreams {
  static #lastId = 0;

  readonly #authenticate: ((stream: NodeStream) => unknown) | undefined;
  readonly #maxStreamsPerNode: number;
  readonly #maxNodeBytes: number;
  readonly #intake: Intake;
  readonly #streamsOf = new Map<string, number>();
  #streams = 0;
  #refusedOverloaded = 0;
  #refusedPerNode = 0;

  constructor(options: NodeStreamOptions = {}) {
    const { authenticate, maxStreamsPerNode = 1_000, maxNodeBytes = 1024 * 1024, ...intakeOptions } = options;
    this.#authenticate = authenticate;
    this.#maxStreamsPerNode = maxStreamsPerNode;
    this.#maxNodeBytes = maxNodeBytes;
    this.#intake = new Intake(intakeOptions);
  }

  get stats(): NodeStreamStats {
    return {
      ...this.#intake.stats,
      streams: this.#streams,
      refusedOverloaded: this.#refusedOverloaded,
      refusedPerNode: this.#refusedPerNode,
    };
  }

  /** Serves one call, as `GrpcServer.handle` asks for it. */
  open(call: GrpcCall, kind: StreamKind): CallHandler {
    if (this.#intake.overloaded) {
      this.#refusedOverloaded++;
      throw new StatusError(Code.UNAVAILABLE, "too much is waiting here; try another server, or later");
    }
    let reader: StreamReader | undefined;
    let leave = () => {};
    let closed = false;
    let busy = false;
    const finish = () => {
      reader?.close?.();
      reader = undefined;
      leave();
    };
    return {
      ...(kind.borrows === true && { borrows: "until-settled" as const }),
      message: async (bytes) => {
        busy = true;
        try {
          if (reader === undefined) {
            const stream = await this.#identify(call, this.#readNode(bytes, kind));
            // It may have gone while the hook was asked who it is.
            if (closed) return;
            leave = this.#enter(toOwner(stream, kind));
            reader = kind.open(stream);
          }
          const opened = reader;
          if (await this.#intake.put(bytes.length, () => opened.message(bytes))) return;
          opened.dropped?.(bytes);
          if (!closed) await setTimeout(pauseMs, undefined, { ref: false });
        } catch (error) {
          throw toRefusal(error);
        } finally {
          busy = false;
          if (closed) finish();
        }
      },
      end: () => {
        if (kind.single === true) call.write(toFrame(nothing));
        call.end();
      },
      close: () => {
        closed = true;
        if (!busy) finish();
      },
    };
  }

  #readNode(bytes: Uint8Array, { nodePath }: StreamKind): Node {
    if (nodePath === undefined) return readNode(nothing);
    let found: Uint8Array | undefined = bytes;
    for (const field of nodePath) found = found && lastField(found, field);
    if (found === undefined) {
      throw new StatusError(Code.INVALID_ARGUMENT, "the first message of a stream must say who it is: it has no node");
    }
    if (found.length > this.#maxNodeBytes) {
      const message = `the node has ${found.length} bytes; the limit is ${this.#maxNodeBytes}`;
      throw new StatusError(Code.RESOURCE_EXHAUSTED, message);
    }
    return readNode(found);
  }

  async #identify(call: GrpcCall, node: Node): Promise<NodeStream> {
    const { method, metadata, peer } = call;
    const stream = {
      ...{ id: ++NodeStreams.#lastId, node, peer, metadata, method, openedAt: new Date() },
      identity: undefined as unknown,
      write: (message: Uint8Array) => call.write(toFrame(message)),
      fail: (error: unknown) => call.fail(error),
    };
    stream.identity = await this.#authenticate?.(stream);
    return stream;
  }

  /** Counts one more stream of a node or an address, until what it returns is called. */
  #enter(who: string): () => void {
    const count = this.#streamsOf.get(who) ?? 0;
    if (count >= this.#maxStreamsPerNode) {
      this.#refusedPerNode++;
      throw new StatusError(Code.RESOURCE_EXHAUSTED, `${who} has ${count} streams open already`);
    }
    this.#streamsOf.set(who, count + 1);
    this.#streams++;
    return () => {
      const left = (this.#streamsOf.get(who) ?? 0) - 1;
      if (left > 0) this.#streamsOf.set(who, left);
      else this.#streamsOf.delete(who);
      this.#streams--;
    };
  }
}

/** A stream whose message was dropped is not read for so long: reading what is dropped takes time from others too. */
const pauseMs = 500;

const nothing = new Uint8Array();

/** Whose stream it is, for the cap. */
function toOwner({ node, peer }: NodeStream, { nodePath }: StreamKind): string {
  return nodePath === undefined ? `address "${peer.address}"` : `node "${node.id}"`;
}

/** The last value of a message field, which is the one that counts when a sender repeats it. */
function lastField(message: Uint8Array, field: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  const reader = new WireReader(message);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag >>> 3 === field && (tag & 7) === WireType.Bytes) found = reader.bytes();
    else reader.skip(tag);
  }
  return found;
}

/** What ends the stream of a client whose message cannot be read; any other error as it is. */
export function toRefusal(error: unknown): unknown {
  if (!(error instanceof WireError)) return error;
  return new StatusError(Code.INVALID_ARGUMENT, `malformed message: ${error.message}`, { cause: error });
}
