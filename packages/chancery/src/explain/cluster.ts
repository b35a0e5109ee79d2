import { formatEnvoyAddress } from "./address.ts";
import type { ClusterView, EndpointView, LeafCluster, LocalityView } from "./explanation.ts";
import { type Json, numberIn, objectIn, objectsIn, shortTypeIn, textIn, textsIn, typeIn } from "./json.ts";
import type { Resources } from "./resources.ts";
import { type Labels, subsetOf } from "./subset.ts";

/**
 * What the resources say of a cluster: how it finds its endpoints, which of these requests that ask for labels may go to,
 * and how it talks to them.
 */
export function viewCluster(name: string, resources: Resources, labels: Labels = {}): ClusterView {
  return {
    ...viewLeaf(name, resources, labels),
    members: membersOf(name, resources, []).map((leaf) => viewLeaf(leaf, resources, labels)),
  };
}

function viewLeaf(name: string, resources: Resources, labels: Labels): LeafCluster {
  const cluster = resources.get("clusters", name);
  if (cluster === undefined) {
    return { name, found: false, type: "", loadBalancing: "", transport: "", protocol: "", localities: [], notes: [] };
  }
  const type = textIn(objectIn(cluster, "cluster_type"), "name") || textIn(cluster, "type") || "STATIC";
  return {
    name,
    found: true,
    type,
    loadBalancing: loadBalancingOf(cluster),
    transport: transportOf(cluster),
    protocol: protocolOf(cluster),
    ...endpointsOf(cluster, { type, resources, labels }),
  };
}

const aggregate = "envoy.extensions.clusters.aggregate.v3.ClusterConfig";

/** The clusters that an aggregate cluster leads to in the end, in the order of its preference. */
function membersOf(name: string, resources: Resources, above: readonly string[]): readonly string[] {
  const config = objectIn(objectIn(resources.get("clusters", name), "cluster_type"), "typed_config");
  if (typeIn(config) !== aggregate || above.includes(name)) return [];
  return textsIn(config, "clusters").flatMap((member) => {
    const below = membersOf(member, resources, [...above, name]);
    return below.length === 0 ? [member] : below;
  });
}

/** Whether requests to it surely fail for want of endpoints; those that DNS or a request brings are not known here. */
export function isEmptyCluster({ type, localities, found }: LeafCluster): boolean {
  const listed = type === "STATIC" || type === "EDS";
  return found && listed && !localities.some(({ endpoints }) => endpoints.length > 0);
}

/** Why such a cluster has nobody to send a request to. */
export function whyEmpty({ name, notes }: LeafCluster): string {
  return notes.length === 0 ? `cluster "${name}" has no endpoints` : `cluster "${name}": ${notes.join("; ")}`;
}

type Endpoints = Pick<ClusterView, "localities" | "notes">;

interface EndpointContext {
  readonly type: string;
  readonly resources: Resources;
  readonly labels: Labels;
}

function endpointsOf(cluster: Json, context: EndpointContext): Endpoints {
  if (context.type !== "EDS") return readAssignment(cluster, objectIn(cluster, "load_assignment"), context);
  const name = textIn(objectIn(cluster, "eds_cluster_config"), "service_name") || textIn(cluster, "name");
  const assignment = context.resources.get("endpoints", name);
  if (assignment !== undefined) return readAssignment(cluster, assignment, context);
  return { localities: [], notes: [`there are no endpoints "${name}" (EDS), so it waits for them`] };
}

function readAssignment(
  cluster: Json,
  assignment: Json | undefined,
  { resources, labels }: EndpointContext,
): Endpoints {
  const groups = objectsIn(assignment, "endpoints").map((group) => ({ group, all: endpointsIn(group, resources) }));
  const all = groups.flatMap((each) => each.all);
  const subset = subsetOf(cluster, labels, all);
  const localities = groups.flatMap(({ group, all }): LocalityView[] => {
    const endpoints = all.filter((endpoint) => subset.isIn(endpoint)).map(toEndpoint);
    if (endpoints.length < all.length && endpoints.length === 0) return [];
    const { region, zone, sub_zone } = objectIn(group, "locality") ?? {};
    const weight = numberIn(group, "load_balancing_weight");
    return [
      {
        priority: numberIn(group, "priority") ?? 0,
        locality: [region, zone, sub_zone].filter((part) => typeof part === "string").join("/"),
        ...(weight !== undefined && { weight }),
        endpoints,
      },
    ];
  });
  const drops = objectsIn(objectIn(assignment, "policy"), "drop_overloads").map((drop) => {
    return `drops requests for "${textIn(drop, "category")}"`;
  });
  const notes = [...(subset.note === undefined || all.length === 0 ? [] : [subset.note]), ...drops];
  return { localities: localities.sort((a, b) => a.priority - b.priority), notes };
}

/** In the locality itself, or in a collection of their own (LEDS). */
function endpointsIn(group: Json, resources: Resources): readonly Json[] {
  const leds = objectIn(group, "leds_cluster_locality_config");
  if (leds === undefined) return objectsIn(group, "lb_endpoints");
  const prefix = textIn(leds, "leds_collection_name").replace(/\*$/, "");
  return resources.all("lbEndpoints", prefix);
}

function toEndpoint(entry: Json): EndpointView {
  const endpoint = objectIn(entry, "endpoint");
  const hostname = textIn(endpoint, "hostname");
  return {
    address: formatEnvoyAddress(objectIn(endpoint, "address")),
    health: textIn(entry, "health_status") || "UNKNOWN",
    weight: numberIn(entry, "load_balancing_weight") ?? 1,
    ...(hostname !== "" && { hostname }),
  };
}

function loadBalancingOf(cluster: Json): string {
  const policies = objectsIn(objectIn(cluster, "load_balancing_policy"), "policies");
  const first = objectIn(policies[0], "typed_extension_config");
  if (first !== undefined) return shortTypeIn(objectIn(first, "typed_config")) || textIn(first, "name");
  const subsets = objectIn(cluster, "lb_subset_config") === undefined ? "" : ", by subsets";
  return `${textIn(cluster, "lb_policy") || "ROUND_ROBIN"}${subsets}`;
}

function transportOf(cluster: Json): string {
  if (objectsIn(cluster, "transport_socket_matches").length > 0) return "chosen by the endpoint's metadata";
  const config = objectIn(objectIn(cluster, "transport_socket"), "typed_config");
  if (config === undefined) return "plain";
  const inner = objectIn(objectIn(config, "transport_socket"), "typed_config");
  const outer = shortTypeIn(config).replace(/(Upstream)?(Transport|TlsContext)$/, "");
  if (inner !== undefined) return `${outer}, ${tlsOf(inner)}`;
  return tlsOf(config);
}

function tlsOf(config: Json): string {
  if (shortTypeIn(config) !== "UpstreamTlsContext") return shortTypeIn(config);
  const sni = textIn(config, "sni");
  return sni === "" ? "TLS without SNI" : `TLS, SNI "${sni}"`;
}

const httpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

function protocolOf(cluster: Json): string {
  const options = objectIn(objectIn(cluster, "typed_extension_protocol_options"), httpOptions);
  if (options === undefined) return objectIn(cluster, "http2_protocol_options") === undefined ? "HTTP/1.1" : "HTTP/2";
  if ("auto_config" in options) return "HTTP by ALPN";
  if ("use_downstream_protocol_config" in options) return "HTTP as the client speaks it";
  const explicit = objectIn(options, "explicit_http_config");
  if (explicit !== undefined && "http3_protocol_options" in explicit) return "HTTP/3";
  return explicit !== undefined && "http2_protocol_options" in explicit ? "HTTP/2" : "HTTP/1.1";
}
