import { makeTag, WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import { bodyOf, type Resource, toResource } from "../resource/resource.ts";
import { readTextField } from "../resource/text-field.ts";
import { endpoints } from "../resource/type.ts";
import { type Names, toNames } from "./names.ts";

/** The names of the endpoint assignments that clusters are warmed with. */
export function assignmentNames(clusterResources: readonly Resource[]): Names {
  const known = namesOf.get(clusterResources) ?? toNames(clusterResources.map(assignmentName));
  namesOf.set(clusterResources, known);
  return known;
}

/** A `ClusterLoadAssignment` without endpoints. */
export function emptyAssignment(name: string): Resource {
  const body = new WireWriter().tag(1, WireType.Bytes).string(name).finish();
  return toResource({ typeUrl: endpoints.typeUrl, name, body });
}

const namesOf = new WeakMap<readonly Resource[], Names>();

const edsClusterConfigTag = makeTag(3, WireType.Bytes);
const serviceName = 2;

/**
 * `eds_cluster_config.service_name`, else the cluster's own name.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/cluster.proto
 */
function assignmentName(cluster: Resource): string {
  let name = "";
  const reader = new WireReader(bodyOf(cluster));
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === edsClusterConfigTag) name = readTextField(reader.bytes(), serviceName) || name;
    else reader.skip(tag);
  }
  return name || cluster.name;
}
