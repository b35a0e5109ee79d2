import type { PrincipalJson } from "@chancery/envoy-api/gen/envoy/config/rbac/v3/rbac_pb.js";
import type { RBACJson } from "@chancery/envoy-api/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb.js";
import type { Item } from "../../model/model.ts";
import type { IpAccess } from "../../model/policy.ts";
import { toCidrRange } from "../cidr.ts";
import { typed } from "../json.ts";
import { type PolicySection, turnedOff } from "./section.ts";

/** Refuses requests by the address that they come from: Envoy decides by itself. */
export const ipAccess: PolicySection = {
  filters: [
    {
      name: "envoy.filters.http.rbac",
      config: typed("envoy.extensions.filters.http.rbac.v3.RBAC", {}),
      say(policies) {
        const closest = policies.findLast(({ value }) => value.ipAccess !== undefined);
        const said = closest?.value.ipAccess;
        if (closest === undefined || said === undefined) return undefined;
        return said === false ? turnedOff : toPerRoute(closest.name, said);
      },
    },
  ],
};

function toPerRoute(name: Item["name"], { allow, deny, dryRun }: Exclude<IpAccess, false>) {
  const ids: PrincipalJson[] = [
    allow === undefined ? { any: true } : toPrincipal(allow),
    ...(deny === undefined ? [] : [{ notId: toPrincipal(deny) }]),
  ];
  // The name is in what access logs say of a request that is refused.
  const policies = { [name]: { permissions: [{ any: true }], principals: [{ andIds: { ids } }] } };
  const rules = { action: "ALLOW", policies } as const;
  const rbac: RBACJson = dryRun ? { shadowRules: rules } : { rules };
  return typed("envoy.extensions.filters.http.rbac.v3.RBACPerRoute", { rbac });
}

/** The client's address as the gateway sees it, which trusted proxies may have told. */
function toPrincipal(ranges: readonly string[]): PrincipalJson {
  return { orIds: { ids: ranges.map((range) => ({ remoteIp: toCidrRange(range) })) } };
}
