import type { Principals } from "../../model/policy.ts";
import { toNameMatcher } from "../tls.ts";
import { type Restriction, toRbacSection } from "./rbac.ts";

/** Refuses requests by who their client's certificate says that it is. */
export const principals = toRbacSection({
  name: "chancery.principals",
  statPrefix: "principals",
  said: ({ principals }) => principals && toRestriction(principals),
});

function toRestriction({ allow, dryRun }: Exclude<Principals, false>): Restriction {
  const ids = allow.map((name) => ({ authenticated: { principalName: toNameMatcher(name) } }));
  return { who: { orIds: { ids } }, dryRun };
}
