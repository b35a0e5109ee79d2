import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";

/** Who a client says it is. https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/base.proto#config-core-v3-node */
export interface Node {
  readonly id: string;
  readonly cluster: string;
  readonly locality: { readonly region: string; readonly zone: string; readonly subZone: string };
  readonly userAgentName: string;
  readonly clientFeatures: readonly string[];
  /** `google.protobuf.Struct` in wire format. */
  readonly metadata: Uint8Array;
}

/** Reads what a control plane wants to know of a node: not its list of extensions, which makes up most of it. */
export function readNode(bytes: Uint8Array): Node {
  let id = "";
  let cluster = "";
  let userAgentName = "";
  let features: string[] | undefined;
  let locality = nothing;
  let metadata = nothing;
  // Copies, since a view would keep alive the whole node, and `slice` of a Buffer is a view.
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tags.id) id = reader.string();
    else if (tag === tags.cluster) cluster = reader.string();
    else if (tag === tags.userAgentName) userAgentName = reader.string();
    else if (tag === tags.clientFeatures) {
      features ??= [];
      features.push(reader.string());
    } else if (tag === tags.metadata) metadata = new Uint8Array(reader.bytes());
    else if (tag === tags.locality) locality = new Uint8Array(reader.bytes());
    else reader.skip(tag);
  }
  return {
    id,
    cluster,
    locality: locality.length === 0 ? nowhere : readLocality(locality),
    userAgentName,
    clientFeatures: features ?? none,
    metadata,
  };
}

const nothing: Uint8Array = new Uint8Array();
const none: readonly string[] = [];
const nowhere: Node["locality"] = { region: "", zone: "", subZone: "" };

/** Reads the id alone, which encoders write first: cheap enough for each of the 61 KB nodes that Envoy repeats. */
export function readNodeId(bytes: Uint8Array): string {
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tags.id) return reader.string();
    reader.skip(tag);
  }
  return "";
}

const tags = {
  id: makeTag(1, WireType.Bytes),
  cluster: makeTag(2, WireType.Bytes),
  metadata: makeTag(3, WireType.Bytes),
  locality: makeTag(4, WireType.Bytes),
  userAgentName: makeTag(6, WireType.Bytes),
  clientFeatures: makeTag(10, WireType.Bytes),
};

/** Reads an `envoy.config.core.v3.Locality`. */
export function readLocality(bytes: Uint8Array): Node["locality"] {
  const parts = ["", "", ""];
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    const index = (tag >>> 3) - 1;
    if (index < parts.length) parts[index] = reader.string();
    else reader.skip(tag);
  }
  const [region = "", zone = "", subZone = ""] = parts;
  return { region, zone, subZone };
}
