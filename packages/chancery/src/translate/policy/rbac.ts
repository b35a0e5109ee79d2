import type { PrincipalJson } from "@chancery/envoy-api/gen/envoy/config/rbac/v3/rbac_pb.js";
import type { RBACJson } from "@chancery/envoy-api/gen/envoy/extensions/filters/http/rbac/v3/rbac_pb.js";
import type { Policy } from "../../model/policy.ts";
import { typed } from "../json.ts";
import { type PolicySection, turnedOff } from "./section.ts";

/** Whose requests may come. */
export interface Restriction {
  readonly who: PrincipalJson;
  /** Whether those of others are only counted. */
  readonly dryRun: boolean;
}

export interface RbacOptions {
  /** Of the filter. */
  readonly name: string;
  /** What stands before the names of its statistics. */
  readonly statPrefix?: string;
  /** What a policy says of it; false lets everyone, undefined says nothing. */
  readonly said: (policy: Policy) => Restriction | false | undefined;
}

/** A section by which Envoy decides by itself whose requests may come; of several policies the closest one counts. */
export function toRbacSection({ name, statPrefix, said }: RbacOptions): PolicySection {
  const prefixes: RBACJson = statPrefix ? { rulesStatPrefix: statPrefix, shadowRulesStatPrefix: statPrefix } : {};
  return {
    filters: [
      {
        name,
        config: typed("envoy.extensions.filters.http.rbac.v3.RBAC", prefixes),
        say(policies) {
          const closest = policies.findLast(({ value }) => said(value) !== undefined);
          const restriction = closest && said(closest.value);
          if (closest === undefined || restriction === undefined) return undefined;
          if (restriction === false) return turnedOff;
          const rbac = { ...prefixes, ...toRules(closest.name, restriction) };
          return typed("envoy.extensions.filters.http.rbac.v3.RBACPerRoute", { rbac });
        },
      },
    ],
  };
}

function toRules(policy: string, { who, dryRun }: Restriction): RBACJson {
  // The name is in what access logs say of a request.
  const policies = { [policy]: { permissions: [{ any: true }], principals: [who] } };
  const rules = { action: "ALLOW", policies } as const;
  return dryRun ? { shadowRules: rules } : { rules };
}
