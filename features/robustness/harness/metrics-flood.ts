// Run by a crew: clients that send their metrics as fast as they are taken.
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { type Address, toGrpc } from "./xds-client.ts";

const sessions: ClientHttp2Session[] = [];

/** Opens so many streams, each on a connection of its own, and sends until the end. Resolves when all have begun. */
export async function flood(address: Address, streams: number): Promise<void> {
  const metrics = toGrpc(encodeMetrics(1_000));
  const path = "/envoy.service.metrics.v3.MetricsService/StreamMetrics";
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  const begun = Array.from({ length: streams }, async (_, index) => {
    const session = connect(`http://${address.host}:${address.port}`);
    sessions.push(session);
    const stream = session.request(headers);
    for (const from of [session, stream]) from.on("error", () => {});
    const response = once(stream, "response");
    stream.write(toGrpc(encodeIdentifier(`flood-${index}`)));
    const send = () => {
      while (stream.write(metrics));
      stream.once("drain", send);
    };
    send();
    await response;
  });
  await Promise.all(begun);
}

export function stop(): void {
  for (const session of sessions.splice(0)) session.destroy();
}

function encodeIdentifier(id: string): Uint8Array {
  const node = new WireWriter().tag(1, WireType.Bytes).string(id).tag(2, WireType.Bytes).string("flood").finish();
  const identifier = new WireWriter().tag(1, WireType.Bytes).bytes(node).finish();
  return new WireWriter().tag(1, WireType.Bytes).bytes(identifier).finish();
}

function encodeMetrics(count: number): Uint8Array {
  const writer = new WireWriter();
  for (let index = 0; index < count; index++) {
    writer.tag(2, WireType.Bytes).fork();
    writer.tag(1, WireType.Bytes).string(`cluster.upstream_rq_kind_${index}`);
    writer.tag(4, WireType.Bytes).fork();
    writer.tag(3, WireType.Bytes).fork().tag(1, WireType.Fixed64).double(index).join();
    writer.join().join();
  }
  return writer.finish();
}
