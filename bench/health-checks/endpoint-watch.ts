import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import { z } from "zod";
import { GrpcClient, type GrpcClientStream } from "../../packages/xds/src/testing/grpc-client.ts";
import type { Server } from "../server.ts";

const type = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

const responses = z.object({
  version_info: z.string(),
  nonce: z.string(),
  resources: z.array(
    z.object({
      endpoints: z.array(
        z.object({
          lb_endpoints: z.array(
            z.object({
              endpoint: z.object({ address: z.object({ socket_address: z.object({ port_value: z.number() }) }) }),
              health_status: z.string().default("UNKNOWN"),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** What an xDS client is told of the endpoints of a service. */
export class EndpointWatch implements Disposable {
  readonly #client: GrpcClient;
  readonly #stream: GrpcClientStream;
  readonly #service: string;
  readonly #unhealthy = new Set<number>();

  private constructor(client: GrpcClient, service: string) {
    this.#client = client;
    this.#service = service;
    this.#stream = client.open("/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources");
  }

  /** Resolves when it has heard of the endpoints. */
  static async open({ xds }: Server, service: string): Promise<EndpointWatch> {
    const [host = "", port] = xds.split(":");
    const watch = new EndpointWatch(await GrpcClient.connect({ host, port: Number(port) }), service);
    watch.#ask({});
    await watch.#hear(10_000);
    return watch;
  }

  /** Resolves when it is told that the endpoint of a port is not well. */
  async unhealthy(port: number, withinMs: number): Promise<void> {
    const endMs = performance.now() + withinMs;
    while (!this.#unhealthy.has(port)) await this.#hear(endMs - performance.now());
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  async #hear(withinMs: number): Promise<void> {
    const response = await this.#stream.next(withinMs);
    if (!(response instanceof Uint8Array))
      throw new Error(`Nothing is heard of endpoints: ${JSON.stringify(response)}`);
    const json = decodeToJson("envoy.service.discovery.v3.DiscoveryResponse", response, { names: "proto" });
    const { version_info, nonce, resources } = responses.parse(json);
    this.#ask({ version_info, response_nonce: nonce });
    this.#unhealthy.clear();
    for (const { endpoint, health_status } of resources
      .flatMap(({ endpoints }) => endpoints)
      .flatMap((one) => one.lb_endpoints)) {
      if (health_status === "UNHEALTHY") this.#unhealthy.add(endpoint.address.socket_address.port_value);
    }
  }

  #ask(answer: object): void {
    const request = {
      node: { id: "watch", cluster: "watch" },
      type_url: type,
      resource_names: [this.#service],
      ...answer,
    };
    const encoded = encodeJson("envoy.service.discovery.v3.DiscoveryRequest", request);
    if (!encoded.ok) throw new TypeError(JSON.stringify(encoded.problems));
    this.#stream.send(encoded.bytes);
  }
}
