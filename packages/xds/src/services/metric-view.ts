import { makeTag, WireError, WireReader, WireType } from "@chancery/envoy-api/wire";

/** The types of https://github.com/prometheus/client_model, by number. */
export const metricTypes = ["counter", "gauge", "summary", "untyped", "histogram", "gauge_histogram"] as const;

export type MetricType = (typeof metricTypes)[number];

export interface Label {
  readonly name: string;
  readonly value: string;
}

/** What was observed: how often, the sum, and how much of it was up to each bound. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  /** Upper bounds of buckets with the count up to each, or quantiles with their values. */
  readonly bounds: readonly number[];
  readonly values: readonly number[];
}

/**
 * One metric as it stands in its message: what is not looked at costs nothing. It is moved from metric to metric, so it
 * must not be kept.
 */
export class MetricView {
  #bytes: Buffer = Buffer.alloc(0);
  #reader = new WireReader(this.#bytes);
  #type = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #labelsStart = 0;
  #labelsEnd = 0;
  #valueTag = 0;
  #valueStart = 0;
  #valueEnd = 0;
  #timestampStart = 0;

  /** Such as `cluster.upstream_rq_total`. */
  get name(): string {
    return this.#bytes.toString("utf8", this.#nameStart, this.#nameEnd);
  }

  get type(): MetricType {
    return metricTypes[this.#type] ?? "untyped";
  }

  /** Stands for the labels: equal if they are. Cheaper than they are themselves. */
  get labelsKey(): string {
    return this.#bytes.toString("latin1", this.#labelsStart, this.#labelsEnd);
  }

  get labels(): Label[] {
    const labels: Label[] = [];
    const reader = this.#readerAt(this.#labelsStart, this.#labelsEnd);
    while (reader.pos < this.#labelsEnd) {
      reader.tag();
      const end = reader.varint() + reader.pos;
      const label = { name: "", value: "" };
      while (reader.pos < end) {
        const tag = reader.tag();
        if (tag === textTag1) label.name = reader.string();
        else if (tag === textTag2) label.value = reader.string();
        else reader.skip(tag);
      }
      labels.push(label);
    }
    return labels;
  }

  /** The number of a counter, a gauge or an untyped metric; 0 of others. */
  get value(): number {
    // By far most have this field and no other; a message of its own reader would cost more than all the rest.
    if (this.#valueEnd - this.#valueStart === 9 && this.#bytes[this.#valueStart] === doubleTag1) {
      return this.#bytes.readDoubleLE(this.#valueStart + 1);
    }
    const reader = this.#readerAt(this.#valueStart, this.#valueEnd);
    let value = 0;
    while (reader.pos < this.#valueEnd) {
      const tag = reader.tag();
      if (tag === doubleTag1) value = reader.double();
      else reader.skip(tag);
    }
    return value;
  }

  /** When the client took the numbers, in milliseconds since 1970. 0 if it does not say. */
  get timestampMs(): number {
    return this.#timestampStart === 0 ? 0 : Number(this.#readerAt(this.#timestampStart, this.#bytes.length).int64());
  }

  /** What a histogram or a summary tells; empty of others. Counts beyond 2^53 are a WireError. */
  get distribution(): Distribution {
    const bounds: number[] = [];
    const values: number[] = [];
    const distribution = { count: 0, sum: 0, bounds, values };
    const isHistogram = this.#valueTag === histogramTag;
    if (!isHistogram && this.#valueTag !== summaryTag) return distribution;
    const reader = this.#readerAt(this.#valueStart, this.#valueEnd);
    while (reader.pos < this.#valueEnd) {
      const tag = reader.tag();
      if (tag === countTag) distribution.count = reader.varint();
      else if (tag === sumTag) distribution.sum = reader.double();
      else if (tag === bucketTag) {
        const end = reader.varint() + reader.pos;
        let [bound, value] = [0, 0];
        while (reader.pos < end) {
          const field = reader.tag();
          // A quantile is its place and its value; a bucket its count and its bound.
          if (field === doubleTag1) bound = reader.double();
          else if (field === doubleTag2)
            [bound, value] = isHistogram ? [reader.double(), value] : [bound, reader.double()];
          else if (field === countTag) value = reader.varint();
          else reader.skip(field);
        }
        bounds.push(bound);
        values.push(value);
      } else reader.skip(tag);
    }
    return distribution;
  }

  /** @internal Moves on to a message. */
  enter(bytes: Buffer, reader: WireReader): void {
    this.#bytes = bytes;
    this.#reader = reader;
  }

  /** @internal Reads the family that begins where the reader stands, and hands over each of its metrics. */
  readFamily(end: number, take: (metric: MetricView) => void): void {
    const reader = this.#reader;
    this.#type = 0;
    this.#nameStart = 0;
    this.#nameEnd = 0;
    // The fields of a family may come in any order, though no one writes the metrics first.
    let metrics = 0;
    const start = reader.pos;
    while (reader.pos < end) {
      const tag = reader.tag();
      if (tag === textTag1) {
        const nameEnd = reader.varint() + reader.pos;
        this.#nameStart = reader.pos;
        this.#nameEnd = reader.pos = nameEnd;
      } else if (tag === typeTag) this.#type = reader.uint32();
      else if (tag === metricTag) {
        metrics++;
        reader.pos = reader.varint() + reader.pos;
      } else reader.skip(tag);
    }
    if (reader.pos !== end || this.#nameEnd > end) throw new WireError("a family beyond its end", start);
    if (metrics === 0) return;
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.tag();
      if (tag !== metricTag) {
        reader.skip(tag);
        continue;
      }
      const metricEnd = reader.varint() + reader.pos;
      this.#readMetric(metricEnd);
      take(this);
      reader.pos = metricEnd;
    }
  }

  /** Finds out where the parts of a metric are. Labels that do not stand side by side are the last of them alone. */
  #readMetric(end: number): void {
    const reader = this.#reader;
    this.#labelsStart = this.#labelsEnd = reader.pos;
    this.#valueTag = 0;
    this.#valueStart = this.#valueEnd = reader.pos;
    this.#timestampStart = 0;
    while (reader.pos < end) {
      const start = reader.pos;
      const tag = reader.tag();
      if (tag === labelTag) {
        if (start !== this.#labelsEnd) this.#labelsStart = start;
        this.#labelsEnd = reader.pos = reader.varint() + reader.pos;
      } else if (tag === timestampTag) {
        this.#timestampStart = reader.pos;
        reader.skip(tag);
      } else if (valueTags.includes(tag)) {
        const valueEnd = reader.varint() + reader.pos;
        this.#valueTag = tag;
        this.#valueStart = reader.pos;
        this.#valueEnd = reader.pos = valueEnd;
      } else reader.skip(tag);
    }
    if (reader.pos !== end) throw new WireError("a metric beyond its end", end);
  }

  #readerAt(start: number, end: number): WireReader {
    // What was found is within the message, so reading may go from there to its end.
    return new WireReader(this.#bytes, start, end);
  }
}

/** Reads the metrics of a `StreamMetricsMessage`, and yields now and then. Throws a WireError. */
export function* readMetrics(
  bytes: Uint8Array,
  view: MetricView,
  take: (metric: MetricView) => void,
): Generator<undefined, void> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new WireReader(buffer);
  let count = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== familyTag) {
      reader.skip(tag);
      continue;
    }
    const end = reader.varint() + reader.pos;
    if (end > reader.end) throw new WireError("length beyond the end", reader.pos);
    view.enter(buffer, reader);
    view.readFamily(end, take);
    if (++count % familiesATurn === 0) yield;
  }
}

const familiesATurn = 16;

const textTag1 = makeTag(1, WireType.Bytes);
const textTag2 = makeTag(2, WireType.Bytes);
const doubleTag1 = makeTag(1, WireType.Fixed64);
const doubleTag2 = makeTag(2, WireType.Fixed64);

const familyTag = makeTag(2, WireType.Bytes);
const typeTag = makeTag(3, WireType.Varint);
const metricTag = makeTag(4, WireType.Bytes);

const labelTag = makeTag(1, WireType.Bytes);
const gaugeTag = makeTag(2, WireType.Bytes);
const counterTag = makeTag(3, WireType.Bytes);
const summaryTag = makeTag(4, WireType.Bytes);
const untypedTag = makeTag(5, WireType.Bytes);
const histogramTag = makeTag(7, WireType.Bytes);
const timestampTag = makeTag(6, WireType.Varint);
const valueTags: readonly number[] = [gaugeTag, counterTag, summaryTag, untypedTag, histogramTag];

const countTag = makeTag(1, WireType.Varint);
const sumTag = makeTag(2, WireType.Fixed64);
const bucketTag = makeTag(3, WireType.Bytes);
