import type { Item } from "../model/model.ts";

/** The types of resources that the model is translated to, by what snapshots call them. */
export type DraftType = "clusters" | "endpoints" | "listeners" | "routes" | "secrets" | "extensionConfigs" | "runtimes";

/**
 * One resource before it is encoded: proto3 JSON in camelCase, and the objects that it was made from, so that what an
 * Envoy says against it can name their place. Equal input gives the same object again, and so do its larger parts: what
 * did not change is not encoded again.
 */
export interface Draft {
  readonly type: DraftType;
  readonly name: string;
  readonly json: object;
  readonly from: readonly Item[];
}

/**
 * What a certificate object consists of, wherever it was written: PEM texts as `cert` and `key`, or as `ca` and `crl`; or
 * any text as `secret`. The same object as long as nothing changes.
 */
export interface Material {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
  readonly crl?: string | undefined;
  readonly secret?: string | undefined;
}

/** By name of the certificate object. One that has never been good is not in it. */
export type Materials = ReadonlyMap<string, Material>;
