import { z } from "zod";
import { record } from "./record.ts";
import { headerName, listOf, name } from "./values.ts";

/** The domain of the limits that policies have themselves. */
export const ownDomain = "chancery";

const as = z.string().min(1).optional().describe("What descriptors call it. Default: the name, or generic_key");

const key = z
  .union([
    z.enum(["remoteAddress", "path", "method", "host"]),
    z.strictObject({ header: headerName, as }),
    z.strictObject({ query: z.string().min(1).describe("The name of a query parameter"), as }),
    z.strictObject({ generic: z.string().min(1).describe("The same for every request"), as }),
  ])
  .describe("remoteAddress, path (without the query), method, host, a header, a query parameter or a constant");

const limitFields = z.strictObject({
  requests: z.int().min(0).max(0xffff_ffff).describe("How many may pass in a unit; 0 lets none pass"),
  per: z.enum(["second", "minute", "hour", "day", "week", "month", "year"]),
  key: listOf(key)
    .optional()
    .describe("Each combination of these has a count; a request that lacks one is not limited. Default: one count"),
  algorithm: z.enum(["fixed-window", "sliding-window", "gcra"]).default("fixed-window").describe("How it is counted"),
  burst: z.int().min(1).max(0xffff_ffff).optional().describe("For gcra: how many may come at once. Default: requests"),
  shadow: z.boolean().default(false).describe("Counts, and lets everything through"),
});

const onFailure = z
  .enum(["allow", "deny"])
  .default("allow")
  .describe("What requests get while the rate limit service does not answer");

const noBurst = ({ algorithm, burst }: Pick<z.output<typeof limitFields>, "algorithm" | "burst">) =>
  burst === undefined || algorithm === "gcra";
const burstError = { path: ["burst"], error: "has no effect without algorithm: gcra" };

const named = z.strictObject({
  limits: record(name, limitFields.refine(noBurst, burstError))
    .refine((limits) => Object.keys(limits).length > 0, { error: "must not be empty" })
    .describe("By name. A request has to be within all of them"),
  onFailure,
});

const single = limitFields
  .extend({ onFailure })
  .refine(noBurst, burstError)
  .transform(({ onFailure, ...all }): z.output<typeof named> => ({ limits: { all }, onFailure }));

const byHand = z.strictObject({
  domain: z
    .string()
    .min(1)
    .refine((domain) => domain !== ownDomain, { error: "is the domain of limits that policies have themselves" })
    .describe("A domain of the files that the rate limit service has"),
  descriptors: z.array(listOf(key)).min(1).describe("What it is asked for: the entries of each descriptor"),
  onFailure,
});

/** How many requests may pass: by limits that stand here, or by those of a domain in files of the rate limit service. */
export const rateLimit = z.union([single, named, byHand]).describe("How many requests may pass");

/** A rate limit in its canonical form. */
export type RateLimit = z.output<typeof rateLimit>;
export type Limit = z.output<typeof limitFields>;
export type RateLimitKey = z.output<typeof key>;

/** What descriptors call a key. */
export function nameOfKey(key: RateLimitKey): string {
  if (typeof key === "string") return key === "remoteAddress" ? "remote_address" : key;
  if (key.as !== undefined) return key.as;
  return "header" in key ? key.header : "query" in key ? key.query : "generic_key";
}

/** What a descriptor begins with that is for a limit of a policy, so that no two limits share a count. */
export function entryOfLimit(policy: string, limit: string): { readonly key: string; readonly value: string } {
  return { key: "limit", value: `${policy}#${limit}` };
}
