import type { Items } from "../../model/model.ts";
import { entryOfLimit, type Limit, nameOfKey, ownDomain } from "../../model/rate-limit.ts";
import { type Algorithm, type DomainConfig, domainSchema } from "./schema.ts";

/** The limits that policies have themselves, as the domain that Envoys ask for them; undefined if there are none. */
export function toOwnDomain(policies: Items<"policies">): DomainConfig | undefined {
  const descriptors = [...policies.values()].flatMap(({ name, value: { rateLimit } }) =>
    rateLimit === undefined || "domain" in rateLimit
      ? []
      : Object.entries(rateLimit.limits).map(([limit, config]) => toDescriptor(entryOfLimit(name, limit), config)),
  );
  return descriptors.length === 0 ? undefined : domainSchema.parse({ domain: ownDomain, descriptors });
}

/** The entry of a limit, and below it one for each key; the last has what the limit says. */
function toDescriptor(entry: { readonly key: string; readonly value: string }, limit: Limit): object {
  const { requests, per, algorithm, burst, shadow, key: keys = [] } = limit;
  const said = {
    rate_limit: { unit: per, requests_per_unit: requests, algorithm: algorithms[algorithm], burst },
    shadow_mode: shadow,
  };
  const below = ([key, ...rest]: typeof keys): object =>
    key === undefined ? said : { descriptors: [{ key: nameOfKey(key), ...below(rest) }] };
  return { ...entry, ...below(keys) };
}

const algorithms: Readonly<Record<Limit["algorithm"], Algorithm>> = {
  "fixed-window": "fixed_window",
  "sliding-window": "sliding_window",
  gcra: "gcra",
};
