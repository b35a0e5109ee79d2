import type { ItemProblem, Model } from "../model/model.ts";
import { checkActions } from "./actions.ts";
import { checkCertificateKinds } from "./certificate-kinds.ts";
import { checkFailover } from "./failover.ts";
import { checkFleets } from "./fleets.ts";
import { checkHosts } from "./hosts.ts";
import { checkListeners } from "./listeners.ts";
import { checkParents } from "./parents.ts";
import { checkPolicies } from "./policies.ts";
import { checkPorts } from "./ports.ts";
import { checkReferences } from "./references.ts";
import { checkShadows } from "./shadows.ts";
import { checkStreams } from "./streams.ts";
import { checkSubsets } from "./subsets.ts";

/** What can be wrong between objects that are right by themselves: each check is one entry. */
const checks: readonly ((model: Model) => readonly ItemProblem[])[] = [
  checkReferences,
  checkCertificateKinds,
  checkFleets,
  checkListeners,
  checkPorts,
  checkParents,
  checkHosts,
  checkActions,
  checkShadows,
  checkStreams,
  checkSubsets,
  checkFailover,
  checkPolicies,
];

/** Finds what is wrong between the objects of a model. */
export function checkModel(model: Model): readonly ItemProblem[] {
  return checks.flatMap((check) => check(model));
}
