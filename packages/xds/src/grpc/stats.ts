import type { Limit } from "./limit.ts";
import type { Code } from "./status.ts";

/** What a server has done since it started. A live view: read it whenever you like. */
export interface ServerStats {
  /** Connections open now, and in total. */
  readonly connections: number;
  readonly connectionsTotal: number;
  /** Connections closed because they were silent, unanswered, idle from the start, or flooding. */
  readonly connectionsDropped: number;
  /** How often each limit was met, by the name of its option; a limit that never was is not there. */
  readonly limitsMet: ReadonlyMap<Limit, number>;
  /** Calls open now. */
  readonly calls: number;
  /** Calls that have ended, by method, then by status. Only methods that the server knows. */
  readonly callsEnded: ReadonlyMap<string, ReadonlyMap<Code, number>>;
  /** Requests that did not become calls: of unknown methods, not gRPC, or beyond a limit. */
  readonly refused: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Bytes of messages after decompression, and bytes of messages with their prefix. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** The counters behind {@link ServerStats}. */
export class Stats implements ServerStats {
  connections = 0;
  connectionsTotal = 0;
  connectionsDropped = 0;
  readonly limitsMet = new Map<Limit, number>();
  calls = 0;
  readonly callsEnded = new Map<string, Map<Code, number>>();
  refused = 0;
  messagesIn = 0;
  messagesOut = 0;
  bytesIn = 0;
  bytesOut = 0;

  limitMet(limit: Limit): void {
    this.limitsMet.set(limit, (this.limitsMet.get(limit) ?? 0) + 1);
  }

  callEnded(method: string, code: Code): void {
    this.calls--;
    const byCode = this.callsEnded.get(method) ?? new Map<Code, number>();
    this.callsEnded.set(method, byCode.set(code, (byCode.get(code) ?? 0) + 1));
  }
}
