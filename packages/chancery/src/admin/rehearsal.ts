import { cutSnapshot, resourceReaders, type Snapshot } from "@chancery/xds";
import { readSnapshotBody } from "./snapshot-body.ts";

/**
 * Reads snapshots, which nobody gets, so that the first PUT finds at hand what is made when a type is first read,
 * descriptors and plans, and machine code of what reads. That takes as long as to read some thousands of resources.
 * V8 drops such code when garbage is collected and no object of the classes is left that it was compiled for, so that
 * one of each stays: a small snapshot, which is returned, and a reading that has begun and never ends.
 */
export async function rehearse(): Promise<Snapshot> {
  let previous: Snapshot | undefined;
  for (const content of contents) previous = await read(textOf(content), previous);
  const bytes = textOf(few);
  const snapshot = await read(bytes, undefined);
  const reading = cutSnapshot(bytes, resourceReaders(bytes));
  reading.next();
  kept.push(snapshot, reading);
  return snapshot;
}

async function read(bytes: Buffer, previous: Snapshot | undefined): Promise<Snapshot> {
  const { snapshot } = await readSnapshotBody({ bytes, format: "json" }, { node: "", previous });
  return snapshot;
}

interface Content {
  /** Of resources of each type. */
  readonly count: number;
  readonly prefix: string;
  /** What the number of the first is. */
  readonly first?: number;
  readonly indent?: number;
}

/** As many as have them kept as they are when there are many. */
const few: Content = { count: 16, prefix: "few-" };

/** Of several sorts first, as code is compiled for what was met before that and made anew for everything else. */
const contents: readonly Content[] = [
  { count: 40, prefix: "short-" },
  { count: 40, prefix: "short-", first: 1 },
  { count: 40, prefix: "a-longer-name-of-a-service-", indent: 2 },
  // Twice as many would be compiled for a little better, but a start should cost little.
  { count: 600, prefix: "many-" },
];

const kept: unknown[] = [];

/** Clusters and assignments, of which there are many wherever there is much. */
function textOf({ count, prefix, first = 0, indent }: Content): Buffer {
  const names = Array.from({ length: count }, (_, index) => `${prefix}${first + index}`);
  const clusters = names.map((name) => ({
    name,
    type: "EDS",
    edsClusterConfig: { edsConfig: { ads: {}, resourceApiVersion: "V3" } },
    connectTimeout: "5s",
  }));
  const endpoints = names.map((clusterName, index) => {
    const socketAddress = { address: `127.0.${index >> 8}.${index & 255}`, portValue: 80 + index * 97 };
    return { clusterName, endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress } } }] }] };
  });
  return Buffer.from(JSON.stringify({ resources: { clusters, endpoints } }, undefined, indent));
}
