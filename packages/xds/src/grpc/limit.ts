import type { Flood } from "../http2/index.ts";
import { Code, StatusError } from "./status.ts";

/** The limits that a client may run into, by the names of their options. */
export type Limit =
  | "maxConnections"
  | "maxConnectionsPerPeer"
  | "maxCallsPerPeer"
  | "handshakeTimeoutMs"
  | "firstCallTimeoutMs"
  | "firstMessageTimeoutMs"
  | "pingTimeoutMs"
  | Flood
  | "maxReceiveBytes"
  | "maxMessagesPerSecond"
  | "maxSendBytes";

/** Ends a call that went beyond a limit. */
export class LimitError extends StatusError {
  readonly limit: Limit;

  constructor(limit: Limit, message: string, code: Code = Code.RESOURCE_EXHAUSTED) {
    super(code, message);
    this.limit = limit;
  }
}
