import { setTimeout as pause } from "node:timers/promises";
import { encodeJson } from "@chancery/envoy-api";
import { WireReader } from "@chancery/envoy-api/wire";
import { GrpcClient, type GrpcClientStream } from "../../packages/xds/src/testing/grpc-client.ts";
import type { Server } from "../server.ts";

const pauseMs = 20;

/** How long it takes from a change, over HTTP, until a client has it, over ADS, in ms: one change after the other. */
export async function measureLatencies(
  server: Pick<Server, "xds" | "http">,
  { seconds }: { readonly seconds: number },
): Promise<readonly number[]> {
  const [host = "", port] = server.xds.split(":");
  const client = await GrpcClient.connect({ host, port: Number(port) });
  try {
    const stream = client.open("/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources");
    await put(server, 0);
    stream.send(toRequest());
    await takeNext(stream);
    const latencies: number[] = [];
    const endMs = performance.now() + seconds * 1000;
    for (let round = 1; performance.now() < endMs; round++) {
      await pause(pauseMs);
      const startMs = performance.now();
      const answered = put(server, round);
      await takeNext(stream);
      latencies.push(performance.now() - startMs);
      await answered;
    }
    return latencies;
  } finally {
    client.close();
  }
}

async function put({ http }: Pick<Server, "http">, round: number): Promise<void> {
  const cluster = { name: "shop", type: "STATIC", connect_timeout: `${1 + (round % 1000)}s` };
  const response = await fetch(`http://${http}/api/v1/snapshots/probe`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resources: { clusters: [cluster] } }),
  });
  if (!response.ok) throw new Error(`The snapshot is refused: ${await response.text()}`);
  await response.arrayBuffer();
}

/** Waits for a response and takes it. */
async function takeNext(stream: GrpcClientStream): Promise<void> {
  const response = await stream.next(60_000);
  if (!(response instanceof Uint8Array)) throw new Error(`No response comes: ${JSON.stringify(response)}`);
  const [version, nonce] = [readText(response, 1), readText(response, 5)];
  stream.send(toRequest({ version_info: version, response_nonce: nonce }));
}

function toRequest(answer: object = {}): Uint8Array {
  const request = { node: { id: "probe", cluster: "bench" }, type_url: clusterType, ...answer };
  const encoded = encodeJson("envoy.service.discovery.v3.DiscoveryRequest", request);
  if (!encoded.ok) throw new TypeError(JSON.stringify(encoded.problems));
  return encoded.bytes;
}

const clusterType = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

function readText(message: Uint8Array, field: number): string {
  const reader = new WireReader(message);
  let text = "";
  while (!reader.done) {
    const tag = reader.tag();
    if (tag >>> 3 === field) text = reader.string();
    else reader.skip(tag);
  }
  return text;
}
