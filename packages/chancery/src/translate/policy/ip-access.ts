import type { PrincipalJson } from "@chancery/envoy-api/gen/envoy/config/rbac/v3/rbac_pb.js";
import type { IpAccess } from "../../model/policy.ts";
import { toCidrRange } from "../cidr.ts";
import { type Restriction, toRbacSection } from "./rbac.ts";

/** Refuses requests by the address that they come from. */
export const ipAccess = toRbacSection({
  name: "envoy.filters.http.rbac",
  said: ({ ipAccess }) => ipAccess && toRestriction(ipAccess),
});

function toRestriction({ allow, deny, dryRun }: Exclude<IpAccess, false>): Restriction {
  const ids: PrincipalJson[] = [
    allow === undefined ? { any: true } : toPrincipal(allow),
    ...(deny === undefined ? [] : [{ notId: toPrincipal(deny) }]),
  ];
  return { who: { andIds: { ids } }, dryRun };
}

/** The client's address as the gateway sees it, which trusted proxies may have told. */
function toPrincipal(ranges: readonly string[]): PrincipalJson {
  return { orIds: { ids: ranges.map((range) => ({ remoteIp: toCidrRange(range) })) } };
}
