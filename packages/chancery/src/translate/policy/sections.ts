import { authorization } from "./authorization.ts";
import { rateLimit } from "./rate-limit.ts";
import type { PolicySection } from "./section.ts";

/** All sections of policies, in the order in which requests run through them: who may not ask uses up no limit. */
export const policySections: readonly PolicySection[] = [authorization, rateLimit];
