import type { HttpTapPiece, SocketTapPiece } from "./tap-message.ts";
import { OpenHttpTrace, OpenSocketTrace, type OpenTrace } from "./tap-open-trace.ts";
import type { TapTrace, TapTraceEnd } from "./tap-trace.ts";

export interface TapJoinerOptions {
  /** Traces that may be open at a time, of all streams together; those that were quiet longest end for more. Default: 10,000. */
  readonly maxTraces?: number;
  /** Bytes that they may hold together, likewise. Default: 64 MiB. */
  readonly maxBytes?: number;
  /** Bytes that one may hold; what comes beyond is left out, and said to be. Default: 1 MiB. */
  readonly maxTraceBytes?: number;
  /** A trace ends when nothing came of it for so long, in milliseconds. Default: 5,000. */
  readonly quietMs?: number;
  /** A trace ends when it began so long ago, in milliseconds. Default: 300,000. */
  readonly maxAgeMs?: number;
}

/** The traces of one stream: those of others may have the same ids. */
export interface TapStreamTraces {
  /** Takes a piece of a trace. */
  add(traceId: bigint, piece: HttpTapPiece | SocketTapPiece): void;
  /** A piece of a trace will not come. */
  lose(traceId: bigint): void;
  /** Ends all of them. */
  close(): void;
}

/** Joins pieces to traces, and hands each over when nothing more of it is waited for. */
export class TapJoiner {
  readonly #limits: Required<TapJoinerOptions>;
  /** Those that were quiet longest come first. */
  readonly #open = new Set<Held>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TapJoinerOptions = {}) {
    const { maxTraces = 10_000, maxBytes = 64 * 1024 * 1024, maxTraceBytes = 1024 * 1024 } = options;
    const { quietMs = 5_000, maxAgeMs = 300_000 } = options;
    this.#limits = { maxTraces, maxBytes, maxTraceBytes, quietMs, maxAgeMs };
    for (const [name, limit] of Object.entries(this.#limits)) {
      if (!(limit > 0)) throw new RangeError(`${name} is ${limit}: it must be a number above 0`);
    }
  }

  get traces(): number {
    return this.#open.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The traces of one more stream. `onTrace` may throw only while a piece is added. */
  stream(onTrace: (trace: TapTrace) => void): TapStreamTraces {
    const held = new Map<bigint, Held>();
    const begin = (traceId: bigint, trace: OpenTrace): Held => {
      const nowMs = performance.now();
      const end = (how: TapTraceEnd) => {
        held.delete(traceId);
        this.#remove(item);
        onTrace({ ...trace.content(), traceId, end: how, incomplete: trace.incomplete });
      };
      const item: Held = { trace, begunMs: nowMs, touchedMs: nowMs, bytes: 0, end };
      held.set(traceId, item);
      return item;
    };
    return {
      add: (traceId, piece) => {
        let item = held.get(traceId);
        if (item !== undefined && !item.trace.continues(piece)) {
          item.end("repeated");
          item = undefined;
        }
        item ??= begin(traceId, piece.kind === "http-piece" ? new OpenHttpTrace() : new OpenSocketTrace());
        item.trace.add(piece, this.#limits.maxTraceBytes);
        if (item.trace.over) item.end("whole");
        else if (performance.now() - item.begunMs > this.#limits.maxAgeMs) item.end("age");
        else this.#touch(item);
      },
      lose: (traceId) => held.get(traceId)?.trace.lose(),
      close: () => {
        for (const item of [...held.values()]) item.end("stream");
      },
    };
  }

  #touch(item: Held): void {
    item.touchedMs = performance.now();
    this.#bytes += item.trace.bytes - item.bytes;
    item.bytes = item.trace.bytes;
    this.#open.delete(item);
    this.#open.add(item);
    const { maxTraces, maxBytes } = this.#limits;
    for (const oldest of this.#open) {
      if (this.#open.size <= maxTraces && this.#bytes <= maxBytes) break;
      oldest.end("crowded");
    }
    this.#schedule();
  }

  #remove(item: Held): void {
    if (!this.#open.delete(item)) return;
    this.#bytes -= item.bytes;
    if (this.#open.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Wakes when that which is quiet longest may have been so for long enough. */
  #schedule(): void {
    const [first] = this.#open;
    if (this.#timer !== undefined || first === undefined) return;
    const waitMs = Math.max(1, first.touchedMs + this.#limits.quietMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#endQuiet();
      this.#schedule();
    }, waitMs).unref();
  }

  #endQuiet(): void {
    const untilMs = performance.now() - this.#limits.quietMs;
    for (const item of this.#open) {
      if (item.touchedMs > untilMs) break;
      item.end("quiet");
    }
  }
}

interface Held {
  readonly trace: OpenTrace;
  readonly begunMs: number;
  touchedMs: number;
  /** As they are counted in what all hold. */
  bytes: number;
  readonly end: (how: TapTraceEnd) => void;
}
