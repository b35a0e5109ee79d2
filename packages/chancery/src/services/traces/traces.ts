import { type OtlpSpan, redactHeaders } from "@chancery/xds/services";

export interface TracesOptions {
  /** Traces that are kept; of more, those go to which nothing was added for the longest time. Default: 1,000. */
  readonly maxTraces?: number;
  /** Spans that are kept of one trace; the others are counted. Default: 500. */
  readonly maxSpansPerTrace?: number;
  /** The same for the bytes that all spans take, about. Default: 32 MiB. */
  readonly maxBytes?: number;
}

/** What has come of one trace. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly spans: readonly OtlpSpan[];
  /** Spans that were not kept, as there are too many. */
  readonly dropped: number;
}

interface Growing extends Trace {
  readonly spans: OtlpSpan[];
  dropped: number;
  bytes: number;
}

/** The last traces, by what came of them. */
export class Traces implements Iterable<Trace> {
  readonly #limits: Required<TracesOptions>;
  /** In the order in which something was added to them. */
  readonly #traces = new Map<string, Growing>();
  #bytes = 0;
  #forgotten = 0;

  constructor({ maxTraces = 1_000, maxSpansPerTrace = 500, maxBytes = 32 * 1024 * 1024 }: TracesOptions = {}) {
    this.#limits = { maxTraces, maxSpansPerTrace, maxBytes };
    for (const [name, value] of Object.entries(this.#limits)) {
      if (!(value >= 1)) throw new RangeError(`${name} is ${value}: it must be 1 or more`);
    }
  }

  get size(): { readonly traces: number; readonly bytes: number } {
    return { traces: this.#traces.size, bytes: this.#bytes };
  }

  /** Traces that had to make room for newer ones. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Adds a span, without credentials in its attributes. Those without an id are of no trace. */
  add(span: OtlpSpan): void {
    if (span.traceId === "" || span.spanId === "") return;
    const trace = this.#traces.get(span.traceId) ?? { id: span.traceId, spans: [], dropped: 0, bytes: 0 };
    this.#traces.delete(trace.id);
    this.#traces.set(trace.id, trace);
    if (trace.spans.length >= this.#limits.maxSpansPerTrace) {
      trace.dropped++;
      return;
    }
    trace.spans.push({ ...span, attributes: redactHeaders(span.attributes) });
    const bytes = span.size * decodedFactor;
    trace.bytes += bytes;
    this.#bytes += bytes;
    for (const oldest of this.#traces.values()) {
      const { maxTraces, maxBytes } = this.#limits;
      if (oldest === trace || (this.#traces.size <= maxTraces && this.#bytes <= maxBytes)) break;
      this.#traces.delete(oldest.id);
      this.#bytes -= oldest.bytes;
      this.#forgotten++;
    }
  }

  get(id: string): Trace | undefined {
    return this.#traces.get(id);
  }

  /** Those to which something was added last come last. */
  [Symbol.iterator](): Iterator<Trace> {
    return this.#traces.values();
  }
}

/** About how many bytes of objects come of one on the wire. */
const decodedFactor = 4;
