import { WireType, WireWriter } from "@chancery/envoy-api/wire";

/** What an Envoy with many clusters sends: by far most are counters, some are gauges, and one in 25 is a histogram. */
export function encodeMetrics(count: number, atMs: number): Uint8Array {
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
