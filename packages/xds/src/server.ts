import { envoyApi } from "@chancery/envoy-api";
import type { Peer } from "./discovery/client.ts";
import type { StreamKind } from "./discovery/connection.ts";
import { Discovery, type DiscoveryOptions } from "./discovery/discovery.ts";
import type { EventStream, EventsOptions } from "./discovery/events.ts";
import { fetchResources } from "./discovery/fetch.ts";
import { DiscoveryCall, refuse } from "./discovery-call.ts";
import {
  type Address,
  Code,
  type GrpcCall,
  GrpcServer,
  type GrpcServerOptions,
  StatusError,
  unary,
} from "./grpc/index.ts";
import { type ResourceType, resourceTypes } from "./resource/type.ts";
import { type RestRequest, type RestResponse, serveRest } from "./rest/rest.ts";
import { answerClientStatus, type ClientStatusAnswer, csdsHandlers } from "./services/csds.ts";
import { grpcHealthHandlers } from "./services/grpc-health.ts";

export interface XdsServerOptions extends DiscoveryOptions {
  /** How gRPC is served: TLS, limits, keepalive. */
  readonly grpc?: GrpcServerOptions;
  /**
   * Whether the client status discovery service is served over gRPC too, or to which peers. It shows all clients and
   * what they have, without secrets, so it is for administrators. Default: false.
   */
  readonly csds?: boolean | ((peer: Peer) => boolean);
}

/**
 * Serves snapshots over gRPC: ADS and the service of each type, SotW and delta; and gRPC's health protocol.
 * https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
 */
export class XdsServer {
  readonly discovery: Discovery;
  readonly grpc: GrpcServer;

  constructor(options: XdsServerOptions) {
    const { grpc, csds = false, ...discoveryOptions } = options;
    this.discovery = new Discovery(discoveryOptions);
    this.grpc = new GrpcServer(grpc);
    for (const { method, kind } of methods())
      this.grpc.handle(method, (call) => new DiscoveryCall(call, this.discovery, kind));
    for (const type of resourceTypes) {
      if (type.methods.fetch === undefined) continue;
      this.grpc.handle(
        type.methods.fetch,
        unary((bytes, call) => this.#fetch(type, bytes, call)),
      );
    }
    const isServed = { serves: (service: string) => this.grpc.serves(service) };
    for (const { method, open } of grpcHealthHandlers(isServed)) this.grpc.handle(method, open);
    if (csds === false) return;
    const allow = csds === true ? () => true : csds;
    for (const { method, open } of csdsHandlers(this.discovery, allow)) this.grpc.handle(method, open);
  }

  /** Answers a request of REST-JSON, however HTTP is served. */
  async rest(request: RestRequest): Promise<RestResponse> {
    return await serveRest(this.discovery, request);
  }

  /** Answers a request of the client status discovery service as JSON, however HTTP is served. */
  clientStatus(body: unknown): ClientStatusAnswer {
    return answerClientStatus(this.discovery, body);
  }

  /** What happens to clients from now on, for one reader of many. Ends with the server. */
  events(options?: EventsOptions): EventStream {
    return this.discovery.events.subscribe(options);
  }

  /** How often a client went beyond a limit, by the name of the limit. */
  get limitsMet(): ReadonlyMap<string, number> {
    return new Map([...this.grpc.stats.limitsMet, ...Object.entries(this.discovery.stats.limited)]);
  }

  /** Starts to listen and says where: port 0 picks a free one. Rejects when the address cannot be used. */
  async listen(address: Address): Promise<Address> {
    return await this.grpc.listen(address);
  }

  /** Asks clients to go elsewhere; their streams end as UNAVAILABLE after `graceMs`. */
  async drain(options: { readonly graceMs: number }): Promise<void> {
    await this.grpc.drain(options);
  }

  /** Closes at once: streams are cut. */
  async close(): Promise<void> {
    await this.grpc.close();
    this.discovery.events.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #fetch(type: ResourceType, bytes: Uint8Array, call: GrpcCall): Promise<Uint8Array> {
    const { method, peer, metadata } = call;
    const request = { type, bytes, method, peer, metadata };
    const fetched = await fetchResources(this.discovery, request).catch((error: unknown) =>
      refuse(error, this.discovery),
    );
    if (fetched !== undefined) return fetched.bytes;
    throw new StatusError(Code.NOT_FOUND, "there is no snapshot for this node");
  }
}

interface Method {
  readonly method: string;
  readonly kind: StreamKind;
}

const aggregated = "envoy.service.discovery.v3.AggregatedDiscoveryService";

function methods(): Method[] {
  const ads = (envoyApi().service(aggregated)?.methods ?? []).map(({ name }) => ({
    method: `/${aggregated}/${name}`,
    kind: { variant: name.startsWith("Delta") ? "delta" : "sotw" } as const,
  }));
  const perType = resourceTypes.flatMap((only) =>
    (["sotw", "delta"] as const).flatMap((variant) => {
      const method = only.methods[variant];
      return method === undefined ? [] : { method, kind: { variant, only } };
    }),
  );
  return [...ads, ...perType];
}
