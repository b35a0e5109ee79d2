import type { Snapshot } from "@chancery/xds";
import { readSnapshotBody } from "./snapshot-body.ts";

/**
 * Reads a small snapshot, which nobody gets, so that the first PUT finds at hand what is made when a type is first read:
 * descriptors and plans of the types of which there are many. That takes as long as to read some thousands of resources.
 * There is one of each: code that is optimized for more has to go when the garbage of the start is collected.
 */
export async function rehearse(): Promise<Snapshot> {
  const bytes = Buffer.from(JSON.stringify({ resources: { clusters: [cluster], endpoints: [assignment] } }));
  const { snapshot } = await readSnapshotBody({ bytes, format: "json" }, { node: "", previous: undefined });
  return snapshot;
}

const cluster = {
  name: "rehearsal",
  type: "EDS",
  edsClusterConfig: { edsConfig: { ads: {}, resourceApiVersion: "V3" } },
  connectTimeout: "5s",
};

const assignment = {
  clusterName: "rehearsal",
  endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address: "127.0.0.1", portValue: 80 } } } }] }],
};
