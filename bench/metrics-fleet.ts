// Run by metrics-service.ts: a fleet of nodes that send their metrics, again and again.
import { type ClientHttp2Stream, connect } from "node:http2";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";

export interface FleetLoad {
  readonly host: string;
  readonly port: number;
  readonly nodes: number;
  /** Of each node. */
  readonly metrics: number;
  readonly intervalMs: number;
}

/** Asks for the page of all metrics; the answer is how many bytes it has. */
export interface PageRequest {
  readonly url: string;
}

process.once("message", (load: FleetLoad) => {
  // Two flushes that differ in their time: the next one has to be another than the last.
  const flushes = [1_700_000_000_000, 1_700_000_005_000].map((atMs) => toGrpc(encodeMetrics(load.metrics, atMs)));
  for (let index = 0; index < load.nodes; index++) {
    const stream = open(load, `node-${index}`);
    let count = 0;
    const send = () => stream.write(flushes[count++ % flushes.length]);
    setTimeout(
      () => {
        send();
        setInterval(send, load.intervalMs);
      },
      (index * load.intervalMs) / load.nodes,
    );
  }
  process.send?.("open");
  process.on("message", async ({ url }: PageRequest) => {
    let bytes = 0;
    for await (const piece of (await fetch(url)).body ?? []) bytes += piece.length;
    process.send?.(bytes);
  });
});

function open({ host, port }: FleetLoad, id: string): ClientHttp2Stream {
  const session = connect(`http://${host}:${port}`);
  const path = "/envoy.service.metrics.v3.MetricsService/StreamMetrics";
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
  const node = new WireWriter().tag(1, WireType.Bytes).string(id).tag(2, WireType.Bytes).string("edge").finish();
  const identifier = new WireWriter().tag(1, WireType.Bytes).bytes(node).finish();
  stream.write(toGrpc(new WireWriter().tag(1, WireType.Bytes).bytes(identifier).finish()));
  return stream;
}

/** What an Envoy with many clusters sends: by far most are counters, some are gauges, and one in 25 is a histogram. */
function encodeMetrics(count: number, atMs: number): Uint8Array {
  const writer = new WireWriter(1 << 20);
  const statistics = 100;
  for (let index = 0; index < count; index++) {
    const place = index % statistics;
    const labels = [["envoy.cluster_name", `service-${Math.floor(index / statistics)}`]] as const;
    // Half of the names are such as the default list keeps.
    const name = place % 2 === 0 ? `cluster.upstream_rq_kind_${place}` : `cluster.internal_kind_${place}`;
    writer.tag(2, WireType.Bytes).fork();
    writer.tag(1, WireType.Bytes).string(name);
    const kind = place % 25 === 0 ? "histogram" : place % 4 === 0 ? "gauge" : "counter";
    if (kind !== "counter") writer.tag(3, WireType.Varint).varint(kind === "gauge" ? 1 : 4);
    writer.tag(4, WireType.Bytes).fork();
    for (const [name, value] of labels) {
      writer.tag(1, WireType.Bytes).fork();
      writer.tag(1, WireType.Bytes).string(name).tag(2, WireType.Bytes).string(value).join();
    }
    if (kind === "histogram") writeHistogram(writer);
    else
      writer
        .tag(kind === "gauge" ? 2 : 3, WireType.Bytes)
        .fork()
        .tag(1, WireType.Fixed64)
        .double(index)
        .join();
    writer.tag(6, WireType.Varint).varint(atMs).join();
    writer.join();
  }
  return writer.finish();
}

/** With the 19 buckets that Envoy has by default. */
function writeHistogram(writer: WireWriter): void {
  writer.tag(7, WireType.Bytes).fork();
  writer.tag(1, WireType.Varint).varint(100).tag(2, WireType.Fixed64).double(1_234.5);
  for (let bucket = 0; bucket < 19; bucket++) {
    writer.tag(3, WireType.Bytes).fork();
    writer
      .tag(1, WireType.Varint)
      .varint(bucket * 5)
      .tag(2, WireType.Fixed64)
      .double(2 ** bucket)
      .join();
  }
  writer.join();
}

/** One message of gRPC. */
function toGrpc(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
