import type { Charge, Count } from "./count.ts";

/** Keeps the counts. */
export interface Store {
  /** Counts all charges of one request, in their order. Rejects with a StoreLost while the counts cannot be reached. */
  count(charges: readonly Charge[]): readonly Count[] | Promise<readonly Count[]>;
  /** What it has to tell, by the name that metrics give it. */
  readonly stats: StoreStats;
  close(): void | Promise<void>;
}

export interface StoreStats {
  /** Keys that are kept here, and how many had to be forgotten for others. */
  readonly keys: number;
  readonly evicted: number;
  /** Requests whose counts were out of reach. */
  readonly lost: number;
}

/** The counts are out of reach. */
export class StoreLost extends Error {
  override readonly name = "StoreLost";
}
