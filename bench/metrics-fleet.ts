// Run by metrics-service.ts: a fleet of nodes that send their metrics, again and again.
import { type ClientHttp2Stream, connect } from "node:http2";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { encodeMetrics } from "./metrics-messages.ts";

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

/** One message of gRPC. */
function toGrpc(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
