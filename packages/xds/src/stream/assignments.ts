import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";
import { bodyOf, type Resource } from "../resource/resource.ts";
import { type Names, toNames } from "./names.ts";
import type { Update } from "./update.ts";

/** The names of the endpoint assignments that the clusters of an update are warmed with. */
export function assignmentNames(update: Update): Names {
  const known = namesOf.get(update) ?? toNames(update.resources.map(assignmentName));
  namesOf.set(update, known);
  return known;
}

const namesOf = new WeakMap<Update, Names>();

const edsClusterConfigTag = makeTag(3, WireType.Bytes);
const serviceNameTag = makeTag(2, WireType.Bytes);

/**
 * `eds_cluster_config.service_name`, else the cluster's own name.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/cluster.proto
 */
function assignmentName(cluster: Resource): string {
  let name = "";
  const reader = new WireReader(bodyOf(cluster));
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === edsClusterConfigTag) name = readServiceName(reader.bytes()) || name;
    else reader.skip(tag);
  }
  return name || cluster.name;
}

function readServiceName(edsClusterConfig: Uint8Array): string {
  let name = "";
  const reader = new WireReader(edsClusterConfig);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === serviceNameTag) name = reader.string();
    else reader.skip(tag);
  }
  return name;
}
