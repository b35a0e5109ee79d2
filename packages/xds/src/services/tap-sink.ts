import {
  type NodeStream,
  type NodeStreamStats,
  NodeStreams,
  type ServiceMethod,
  type StreamReader,
} from "./node-streams.ts";
import { redactedHeaders } from "./redacted-headers.ts";
import { TapJoiner, type TapJoinerOptions } from "./tap-joiner.ts";
import { readTapEnvelope, readTapMessage } from "./tap-message.ts";
import type { TapTrace } from "./tap-trace.ts";

/**
 * A stream of taps.
 * @experimental
 */
export interface TapStream extends NodeStream {
  /** `tap_id` of the sink: what it was called where it was asked for. */
  readonly tapId: string;
}

/** @experimental */
export interface TapSinkOptions {
  /** Takes a trace when nothing more of it is waited for. What it throws ends the stream. */
  onTrace(trace: TapTrace, stream: TapStream): void;
  /** Bounds of what is held of traces that come in pieces. */
  readonly traces?: TapJoinerOptions;
  /**
   * Headers and trailers, in lower case, of which the value is replaced by `[redacted]`. Default: those that hold
   * credentials (`redactedHeaders`). What is read from sockets, and bodies, are as they were.
   */
  readonly hiddenHeaders?: ReadonlySet<string>;
  /** Shares limits and counters; its own by default. */
  readonly streams?: NodeStreams;
}

/**
 * What came, and what is held. A live view.
 * @experimental
 */
export interface TapSinkStats extends NodeStreamStats {
  /** Traces handed over. */
  readonly traces: number;
  /** Those of them in which something is missing. */
  readonly incompleteTraces: number;
  /** Those that ended since too much was held. */
  readonly crowdedTraces: number;
  /** Traces of which more is waited for, and the bytes that are held of them. */
  readonly openTraces: number;
  readonly openBytes: number;
}

/** @experimental */
export interface TapSinkHandlers {
  readonly methods: readonly ServiceMethod[];
  readonly stats: TapSinkStats;
}

/**
 * The tap sink service: requests and connections as they were, sent whole or piece by piece. Pieces are joined by the id
 * of their trace and their stream.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/tap/v3/common.proto
 * @experimental Envoy 1.40 aborts when it is told to use it (`streaming_grpc`): for other clients, such as one that reads
 * what Envoy writes into files.
 */
export function tapSinkHandlers(options: TapSinkOptions): TapSinkHandlers {
  const { onTrace, traces: limits, hiddenHeaders = redactedHeaders, streams = new NodeStreams() } = options;
  const joiner = new TapJoiner(limits);
  const counts = { traces: 0, incompleteTraces: 0, crowdedTraces: 0 };

  const open = (nodeStream: NodeStream): StreamReader => {
    const stream = Object.assign(nodeStream, { tapId: "" });
    const hand = (trace: TapTrace) => {
      counts.traces++;
      if (trace.incomplete) counts.incompleteTraces++;
      if (trace.end === "crowded") counts.crowdedTraces++;
      onTrace(trace, stream);
    };
    // Traces of one stream may end because of another one, or with time.
    const open = joiner.stream((trace) => {
      try {
        hand(trace);
      } catch (error) {
        stream.fail(error);
      }
    });
    let first = true;
    // Only the first message of a stream says it.
    const learn = (tapId: string) => {
      if (first) stream.tapId = tapId;
      first = false;
    };
    return {
      message(bytes) {
        const { tapId, traceId, tap } = readTapMessage(bytes, hiddenHeaders);
        learn(tapId);
        if (tap === undefined) return undefined;
        if (tap.kind === "http-piece" || tap.kind === "socket-piece") open.add(traceId, tap);
        else hand({ ...tap, traceId, end: "whole", incomplete: false });
        return undefined;
      },
      dropped(bytes) {
        const { tapId, traceId } = readTapEnvelope(bytes);
        learn(tapId);
        open.lose(traceId);
      },
      close: open.close,
    };
  };

  const kind = { nodePath: [1, 1], single: true, open };
  return {
    methods: [{ method: `/${service}/StreamTaps`, open: (call) => streams.open(call, kind) }],
    get stats() {
      return { ...streams.stats, ...counts, openTraces: joiner.traces, openBytes: joiner.bytes };
    },
  };
}

const service = "envoy.service.tap.v3.TapSinkService";
