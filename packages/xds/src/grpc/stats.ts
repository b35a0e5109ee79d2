import type { Code } from "./status.ts";

/** What a server has done since it started. A live view: read it whenever you like. */
export interface ServerStats {
  /** Connections open now, and in total. */
  readonly connections: number;
  readonly connectionsTotal: number;
  /** Connections closed because they were silent, unanswered, idle from the start, or flooding. */
  readonly connectionsDropped: number;
  /** Calls open now. */
  readonly calls: number;
  /** Calls that have ended, by method, then by status. Only methods that the server knows. */
  readonly callsEnded: ReadonlyMap<string, ReadonlyMap<Code, number>>;
  /** Requests that were not calls of a known method. */
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
  calls = 0;
  readonly callsEnded = new Map<string, Map<Code, number>>();
  refused = 0;
  messagesIn = 0;
  messagesOut = 0;
  bytesIn = 0;
  bytesOut = 0;

  callEnded(method: string, code: Code): void {
    this.calls--;
    const byCode = this.callsEnded.get(method) ?? new Map<Code, number>();
    this.callsEnded.set(method, byCode.set(code, (byCode.get(code) ?? 0) + 1));
  }
}
