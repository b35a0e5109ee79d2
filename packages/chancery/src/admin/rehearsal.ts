import { cutSnapshot, resourceReaders, type Snapshot } from "@chancery/xds";
import { readSnapshotBody } from "./snapshot-body.ts";

/**
 * Reads snapshots, which nobody gets, so that the first PUT finds at hand what is made when a type is first read,
 * descriptors and plans, and machine code of what reads. That takes as long as to read some thousands of resources.
 * V8 drops such code when garbage is collected and no object of the classes is left that it was compiled for, so that
 * one of each stays: a small snapshot, which is returned, and a reading that has begun and never ends.
 */
export async function rehearse(): Promise<Snapshot> {
  await readSnapshotBody({ bytes: textOf(many), format: "json" }, nobody);
  const bytes = textOf(few);
  const { snapshot } = await readSnapshotBody({ bytes, format: "json" }, nobody);
  const reading = cutSnapshot(bytes, resourceReaders(bytes));
  reading.next();
  kept.push(snapshot, reading);
  return snapshot;
}

/** Resources of each type: more would be compiled for with as many again, but a start should cost little. */
const many = 500;
/** As many as have them kept as they are when there are many. */
const few = 16;

const nobody = { node: "", previous: undefined };

const kept: unknown[] = [];

/** Clusters and assignments, of which there are many wherever there is much. */
function textOf(count: number): Buffer {
  const names = Array.from({ length: count }, (_, index) => `rehearsal-${index}`);
  const clusters = names.map((name) => ({
    name,
    type: "EDS",
    edsClusterConfig: { edsConfig: { ads: {}, resourceApiVersion: "V3" } },
    connectTimeout: "5s",
  }));
  const endpoints = names.map((clusterName, index) => {
    const socketAddress = { address: `127.0.${index >> 8}.${index & 255}`, portValue: 80 };
    return { clusterName, endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress } } }] }] };
  });
  return Buffer.from(JSON.stringify({ resources: { clusters, endpoints } }));
}
