import { isObject, type Json, objectIn, objectsIn, textIn, typeIn } from "../explain/json.ts";
import { mapObjects } from "./canonical.ts";
import { without } from "./normal.ts";

/** Whether a text is what an Envoy says at `/config_dump`. */
export function isConfigDump(content: unknown): content is Json {
  return isObject(content) && Array.isArray(content.configs);
}

/** What runs in an Envoy, as the bootstrap of one that would run the same by itself: routes and endpoints in their places. */
export function toStaticBootstrap(dump: Json): Json {
  const sections = objectsIn(dump, "configs");
  const sectionOf = (type: string) => sections.find((section) => typeIn(section).endsWith(`.${type}`));
  const listeners = sectionOf("ListenersConfigDump");
  const clusters = sectionOf("ClustersConfigDump");
  const routes = bothIn(sectionOf("RoutesConfigDump"), "route_configs", "route_config");
  const endpoints = bothIn(sectionOf("EndpointsConfigDump"), "endpoint_configs", "endpoint_config");
  const routesByName = new Map(routes.map((each) => [textIn(each, "name"), each]));
  const endpointsByName = new Map(endpoints.map((each) => [textIn(each, "cluster_name"), asWritten(each)]));
  const withRoutes = (object: Json): Json => {
    const own = routesByName.get(textIn(objectIn(object, "rds"), "route_config_name"));
    return own === undefined ? object : { ...without(object, "rds"), route_config: own };
  };
  const withEndpoints = (cluster: Json): Json => {
    const name = textIn(objectIn(cluster, "eds_cluster_config"), "service_name") || textIn(cluster, "name");
    const own = endpointsByName.get(name);
    if (cluster.type !== "EDS" || own === undefined) return cluster;
    const { type: _t, eds_cluster_config: _e, ...rest } = cluster;
    return { ...rest, load_assignment: own };
  };
  const node = objectIn(objectIn(sectionOf("BootstrapConfigDump"), "bootstrap"), "node");
  return {
    ...(node && { node: { id: textIn(node, "id"), cluster: textIn(node, "cluster") } }),
    static_resources: {
      listeners: [
        ...contentsIn(listeners, "static_listeners", "listener"),
        ...objectsIn(listeners, "dynamic_listeners").flatMap((each) =>
          contentIn(objectIn(each, "active_state"), "listener"),
        ),
      ].map((listener) => mapObjects(listener, withRoutes) as Json),
      clusters: [
        ...contentsIn(clusters, "static_clusters", "cluster"),
        ...contentsIn(clusters, "dynamic_active_clusters", "cluster"),
      ].map(withEndpoints),
    },
  };
}

/** Endpoints without what Envoy adds when it shows them: defaults, and how they are at the moment. */
function asWritten(assignment: Json): Json {
  const { policy: _, ...rest } = assignment;
  const change = (object: Json, key: string): Json => {
    const entries = Object.entries(object).filter(([field, value]) => {
      if (field === "load_balancing_weight") return value !== 0 && value !== 1;
      if (field === "health_status") return key !== "lb_endpoints";
      return !isObject(value) || Object.keys(value).length > 0;
    });
    return Object.fromEntries(entries);
  };
  // An object with its parts made anew is one.
  return mapObjects(rest, change) as Json;
}

function bothIn(section: Json | undefined, lists: string, field: string): readonly Json[] {
  return ["static", "dynamic"].flatMap((kind) => contentsIn(section, `${kind}_${lists}`, field));
}

function contentsIn(section: Json | undefined, list: string, field: string): readonly Json[] {
  return objectsIn(section, list).flatMap((entry) => contentIn(entry, field));
}

/** The message in an `Any`, which is known here to be of one type. */
function contentIn(entry: Json | undefined, field: string): readonly Json[] {
  const content = objectIn(entry, field);
  return content === undefined ? [] : [without(content, "@type")];
}
