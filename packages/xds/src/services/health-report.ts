import { type Node, readLocality } from "../discovery/node.ts";
import { toAddressText } from "./address-text.ts";
import { FieldReader } from "./fields.ts";
import { MessageView } from "./message-view.ts";

/** What a checker says of the endpoints of one cluster. */
export interface ClusterHealth {
  readonly cluster: string;
  readonly endpoints: readonly EndpointHealth[];
}

export interface EndpointHealth {
  /** Such as `10.0.0.1:80`, `[::1]:80`, or the path of a unix socket. */
  readonly address: string;
  readonly locality: Node["locality"];
  readonly status: EndpointStatus;
}

/** https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto#envoy-v3-api-enum-config-core-v3-healthstatus */
export type EndpointStatus = (typeof statuses)[number];

const statuses = ["unknown", "healthy", "unhealthy", "draining", "timeout", "degraded"] as const;

/**
 * Reads an `envoy.service.health.v3.EndpointHealthResponse`, cluster by cluster: what it says by cluster, not the flat list
 * that it repeats that in for old servers. Throws a WireError.
 */
export function* readHealthReport(bytes: Uint8Array): Generator<ClusterHealth, void> {
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 2) yield readCluster(reader.bytes());
  }
}

function readCluster(bytes: Uint8Array): ClusterHealth {
  const endpoints: EndpointHealth[] = [];
  let cluster = "";
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) cluster = reader.string();
    else if (reader.field === 2) endpoints.push(...readEndpoints(reader.bytes()));
  }
  return { cluster, endpoints };
}

/** The endpoints of one locality. */
function readEndpoints(bytes: Uint8Array): EndpointHealth[] {
  const parts: Uint8Array[] = [];
  let locality: Node["locality"] = { region: "", zone: "", subZone: "" };
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) locality = readLocality(reader.bytes());
    else if (reader.field === 2) parts.push(reader.bytes());
  }
  return parts.map((part) => readEndpoint(part, locality));
}

function readEndpoint(bytes: Uint8Array, locality: Node["locality"]): EndpointHealth {
  let address = "";
  let status: EndpointStatus = "unknown";
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) address = toAddressText(new MessageView(reader.bytes()).message(1));
    else if (reader.field === 2) status = statuses[reader.varint()] ?? "unknown";
  }
  return { address, locality, status };
}
