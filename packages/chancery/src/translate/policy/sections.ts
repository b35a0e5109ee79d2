import { authorization } from "./authorization.ts";
import { ipAccess } from "./ip-access.ts";
import { jwt } from "./jwt.ts";
import { principals } from "./principals.ts";
import { rateLimit } from "./rate-limit.ts";
import type { PolicySection } from "./section.ts";

/**
 * All sections of policies, in the order in which requests run through them: nobody is asked about what Envoy refuses by
 * itself, and who may not ask uses up no limit.
 */
export const policySections: readonly PolicySection[] = [ipAccess, principals, jwt, authorization, rateLimit];

/** The names of all filters of policies. */
export const policyFilterNames: ReadonlySet<string> = new Set(
  policySections.flatMap(({ filters }) => filters.map(({ name }) => name)),
);
