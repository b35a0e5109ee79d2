import type { Client } from "@chancery/xds";

/** A client of which no more than its id and cluster is known: it belongs to those fleets that ask for nothing else. */
export function strangerWith(id: string, cluster = ""): Pick<Client, "node" | "peer"> {
  const locality = { region: "", zone: "", subZone: "" };
  const node = { id, cluster, locality, userAgentName: "", clientFeatures: [], metadata: new Uint8Array() };
  return { node, peer: { address: "", port: 0, secure: false } };
}
