import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import {
  type Resource,
  Snapshots,
  toResource,
  toSnapshot,
  typeOf,
  XdsServer,
  type XdsServerOptions,
} from "@chancery/xds";
import { TestStream } from "./client.ts";

export const cds = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
export const eds = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
export const lds = "type.googleapis.com/envoy.config.listener.v3.Listener";
export const vhds = "type.googleapis.com/envoy.config.route.v3.VirtualHost";
export const rds = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";

const ads = "/envoy.service.discovery.v3.AggregatedDiscoveryService/";
export const adsMethods = { sotw: `${ads}StreamAggregatedResources`, delta: `${ads}DeltaAggregatedResources` } as const;

/** A server on a free port, with what a test needs around it. */
export async function startServer(options: Omit<XdsServerOptions, "snapshots"> = {}) {
  const snapshots = new Snapshots();
  const server = new XdsServer({ ...options, snapshots });
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  const streams: TestStream[] = [];
  return {
    snapshots,
    server,
    open(method: string = adsMethods.sotw, metadata: Readonly<Record<string, string>> = {}): TestStream {
      const stream = new TestStream(address, method, metadata);
      streams.push(stream);
      return stream;
    },
    async [Symbol.asyncDispose]() {
      for (const stream of streams) stream.close();
      await server.close();
    },
  };
}

/** A snapshot of resources written as `clusters a=1 b=2`. */
export function snapshotOf(...lists: readonly (readonly [typeUrl: string, ...entries: string[]])[]) {
  return toSnapshot(lists.flatMap(([typeUrl, ...entries]) => entries.map((entry) => resourceOf(typeUrl, entry))));
}

/** A resource written as `name=content`. */
export function resourceOf(typeUrl: string, entry: string, ttlMs?: number): Resource {
  const [name = "", content = ""] = entry.split("=");
  const body = new WireWriter().tag(1, WireType.Bytes).string(name).tag(2000, WireType.Bytes).string(content).finish();
  return toResource({ typeUrl, name, body, ...(ttlMs !== undefined && { ttlMs }) });
}

/** The stream method of the service of a type. */
export function methodOf(typeUrl: string, variant: "sotw" | "delta"): string {
  const method = typeOf(typeUrl)?.methods[variant];
  if (method === undefined) throw new TypeError(`No ${variant} method serves "${typeUrl}"`);
  return method;
}
