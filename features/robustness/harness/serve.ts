import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import {
  type Resource,
  type Snapshot,
  Snapshots,
  toResource,
  toSnapshot,
  XdsServer,
  type XdsServerOptions,
} from "@chancery/xds";
import { clusterType } from "./xds-client.ts";

/** A server on a free port of the loopback. */
export async function serve(options: Omit<XdsServerOptions, "snapshots"> = {}) {
  const snapshots = new Snapshots();
  const server = new XdsServer({ ...options, snapshots });
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  return { snapshots, server, address, [Symbol.asyncDispose]: () => server.close() };
}

/** A cluster of about `bytes`. */
export function toCluster(name: string, content: string, bytes = 200): Resource {
  const body = new WireWriter()
    .tag(1, WireType.Bytes)
    .string(name)
    .tag(2000, WireType.Bytes)
    .string(content.padEnd(bytes, "."))
    .finish();
  return toResource({ typeUrl: clusterType, name, body });
}

/** `previous` with these clusters changed or added. */
export function publish(clusters: Iterable<Resource>, version: string, previous?: Snapshot): Snapshot {
  const byName = new Map<string, Resource>();
  for (const { resources } of previous?.sets ?? [])
    for (const resource of resources) byName.set(resource.name, resource);
  for (const cluster of clusters) byName.set(cluster.name, cluster);
  return toSnapshot(byName.values(), { version, previous });
}
