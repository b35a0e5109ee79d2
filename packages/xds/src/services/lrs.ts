import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { type ClusterLoad, readLoadReport } from "./load-report.ts";
import { type NodeStream, NodeStreams, type ServiceMethod, type StreamReader } from "./node-streams.ts";

export interface LrsOptions {
  /**
   * Takes what a client tells of its clusters: all of them since the report before. They are read as they are iterated,
   * which can be done more than once, until the call returns; a report that turns out to be malformed ends the stream.
   */
  readonly onReport: (clusters: Iterable<ClusterLoad>, stream: NodeStream) => void;
  /** Called when a client has gone, after its last report. */
  readonly onClose?: (stream: NodeStream) => void;
  /** How often clients report, in milliseconds. Default: 10,000. */
  readonly intervalMs?: number;
  /** Whether they tell of each endpoint too. Default: false. */
  readonly endpoints?: boolean;
  /**
   * Says which clusters a client reports that cannot report all it has: calls `tell` with their names, now and when they
   * change, until the function that it returns is called. Without it, such a client reports nothing.
   */
  readonly clustersOf?: (stream: NodeStream, tell: (names: readonly string[]) => void) => () => void;
  /**
   * Says whether a client is to report anything: calls `tell`, now and when it changes, until the function that it returns
   * is called. What comes in although nothing is wanted is passed over. Default: all clients are.
   */
  readonly wants?: (stream: NodeStream, tell: (wanted: boolean) => void) => () => void;
  /** Shares limits and counters; its own by default. */
  readonly streams?: NodeStreams;
}

/**
 * The load reporting service.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/load_stats/v3/lrs.proto
 */
export function lrsHandlers(options: LrsOptions): readonly ServiceMethod[] {
  const { streams = new NodeStreams(), intervalMs = 10_000 } = options;
  if (!(intervalMs >= 1)) throw new RangeError(`intervalMs is ${intervalMs}: it must be at least 1`);
  const method = "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats";
  const open = (stream: NodeStream) => serve(stream, { ...options, intervalMs });
  return [{ method, open: (call) => streams.open(call, { nodePath: [1], borrows: true, open }) }];
}

type Settings = LrsOptions & { readonly intervalMs: number };

function serve(stream: NodeStream, options: Settings): StreamReader {
  const { onReport, onClose, clustersOf, wants } = options;
  const canTellAll = stream.node.clientFeatures.includes(canReportAll);
  let isWanted = true;
  let names: readonly string[] = [];
  let told: string | undefined;
  const tell = () => {
    const wanted: Wanted = !isWanted ? nothing : canTellAll ? { kind: "all" } : { kind: "named", names };
    const key = JSON.stringify(wanted);
    if (key === told) return;
    told = key;
    stream.write(toResponse(wanted, options));
  };
  // Nothing is told before all is known.
  let isReady = false;
  const change = () => {
    if (isReady) tell();
  };
  const stops = [
    wants?.(stream, (wanted) => {
      isWanted = wanted;
      change();
    }),
    canTellAll
      ? undefined
      : clustersOf?.(stream, (given) => {
          names = [...new Set(given)].sort();
          change();
        }),
  ];
  isReady = true;
  // Without any answer a client goes on waiting for one.
  tell();
  return {
    message(bytes) {
      if (isWanted && !readLoadReport(bytes).next().done) {
        onReport({ [Symbol.iterator]: () => readLoadReport(bytes) }, stream);
      }
      return undefined;
    },
    close() {
      for (const stop of stops) stop?.();
      onClose?.(stream);
    },
  };
}

/** https://www.envoyproxy.io/docs/envoy/latest/api/client_features */
const canReportAll = "envoy.lrs.supports_send_all_clusters";

type Wanted = { readonly kind: "all" | "nothing" } | { readonly kind: "named"; readonly names: readonly string[] };

const nothing: Wanted = { kind: "nothing" };

/** How often a client reports that has nothing to report: there is no word for never. */
const rarelyMs = 24 * 60 * 60_000;

function toResponse(wanted: Wanted, { intervalMs: wantedMs, endpoints = false }: Settings): Uint8Array {
  const intervalMs = wanted.kind === "nothing" ? rarelyMs : wantedMs;
  const writer = new WireWriter();
  if (wanted.kind === "named") for (const name of wanted.names) writer.tag(1, WireType.Bytes).string(name);
  writer.tag(2, WireType.Bytes).fork();
  writer.tag(1, WireType.Varint).varint(Math.floor(intervalMs / 1_000));
  writer.tag(2, WireType.Varint).varint(Math.floor((intervalMs % 1_000) * 1e6));
  writer.join();
  if (endpoints) writer.tag(3, WireType.Varint).bool(true);
  if (wanted.kind === "all") writer.tag(4, WireType.Varint).bool(true);
  return writer.finish();
}
