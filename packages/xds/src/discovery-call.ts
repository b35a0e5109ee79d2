import { WireError } from "@chancery/envoy-api/wire";
import type { Connection, StreamKind } from "./discovery/connection.ts";
import type { Discovery } from "./discovery/discovery.ts";
import { LimitError } from "./discovery/limits.ts";
import { type CallHandler, Code, type GrpcCall, StatusError } from "./grpc/index.ts";
import { ProtocolError } from "./stream/conversation.ts";

/** A discovery stream as a gRPC call. */
export class DiscoveryCall implements CallHandler {
  readonly #call: GrpcCall;
  readonly #discovery: Discovery;
  readonly #connection: Connection;

  constructor(call: GrpcCall, discovery: Discovery, kind: StreamKind) {
    this.#call = call;
    this.#discovery = discovery;
    this.#connection = discovery.open(call, kind);
  }

  get borrows(): "while-called" {
    return "while-called";
  }

  message(bytes: Uint8Array): void | Promise<void> {
    try {
      return this.#connection.message(bytes)?.catch((error: unknown) => refuse(error, this.#discovery));
    } catch (error) {
      return refuse(error, this.#discovery);
    }
  }

  end(): void {
    this.#call.end();
  }

  drain(): void {
    this.#connection.pump();
  }

  close(): void {
    this.#connection.close();
  }
}

/** A client that breaks the protocol, or goes beyond a limit, is told so; hooks have thrown what they want it to hear. */
export function refuse(error: unknown, { stats }: Discovery): never {
  if (error instanceof ProtocolError) throw new StatusError(Code.INVALID_ARGUMENT, error.message, { cause: error });
  if (error instanceof WireError) {
    throw new StatusError(Code.INVALID_ARGUMENT, `malformed request: ${error.message}`, { cause: error });
  }
  if (!(error instanceof LimitError)) throw error;
  stats.countLimited(error.limit);
  throw new StatusError(Code.RESOURCE_EXHAUSTED, error.message, { cause: error });
}
