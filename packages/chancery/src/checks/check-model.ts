import { type Item, type ItemProblem, kindKeys, type Model } from "../model/model.ts";
import { atOnce } from "../turns.ts";
import { checkActions } from "./actions.ts";
import { checkGatewayCertificates, checkServiceCertificates } from "./certificate-kinds.ts";
import { checkFailover } from "./failover.ts";
import { checkCheckers, checkServed } from "./fleets.ts";
import { type Check, checkAll, checkEach, createFacet } from "./follow.ts";
import { createHostsCheck } from "./hosts.ts";
import { checkListeners } from "./listeners.ts";
import { checkParents } from "./parents.ts";
import { checkPolicies } from "./policies.ts";
import { checkPorts } from "./ports.ts";
import { checkReferences } from "./references.ts";
import { checkServiceOptions } from "./service-options.ts";
import { checkShadows } from "./shadows.ts";
import { checkStreams } from "./streams.ts";
import { checkSubsets } from "./subsets.ts";

/** Finds what is wrong between the objects of a model. */
export function checkModel(model: Model): readonly ItemProblem[] {
  return atOnce(createChecks()(model));
}

/** Finds what is wrong between the objects of a model, a check at a time. */
export type Checks = (model: Model) => Generator<undefined, readonly ItemProblem[]>;

/**
 * Finds what is wrong between the objects of one model after the other: only what an object's change can have made wrong
 * or right is looked at again.
 */
export function createChecks(): Checks {
  const checks = toChecks();
  return function* (model) {
    const problems: ItemProblem[] = [];
    for (const check of checks) {
      problems.push(...check(model));
      yield;
    }
    return problems;
  };
}

/** What can be wrong between objects that are right by themselves: each check is one entry. */
function toChecks(): readonly Check[] {
  const names = (model: Model) => [
    ...[model.fleets, model.gateways, model.services, model.certificates].map(({ keyset }) => keyset),
    keysetOfBroken(model),
  ];
  const balancing = createFacet("services", ({ value }) => value.loadBalancing);
  const failover = createFacet("services", ({ value }) => value.failover);
  return [
    ...(["fleets", "gateways", "routes", "services", "patches"] as const).map((kind) =>
      checkEach({ kind, check: (item: Item, model) => checkReferences(item, model), given: names }),
    ),
    checkEach({ kind: "gateways", check: checkGatewayCertificates, given: ({ certificates }) => [certificates] }),
    checkEach({ kind: "services", check: checkServiceCertificates, given: ({ certificates }) => [certificates] }),
    checkEach({ kind: "gateways", check: checkServed, given: ({ fleets, gateways }) => [fleets, gateways.keyset] }),
    checkEach({ kind: "services", check: checkCheckers, given: ({ fleets }) => [fleets] }),
    checkEach({ kind: "services", check: checkServiceOptions }),
    checkEach({ kind: "gateways", check: checkListeners }),
    checkAll(["gateways", "fleets"], checkPorts),
    checkEach({ kind: "routes", check: checkParents, given: ({ gateways }) => [gateways] }),
    createHostsCheck(),
    checkEach({ kind: "routes", check: checkActions, given: (model) => [balancing(model)] }),
    checkEach({ kind: "routes", check: checkShadows }),
    checkEach({ kind: "routes", check: checkStreams }),
    checkEach({ kind: "routes", check: checkSubsets, given: (model) => [model.services.keyset, balancing(model)] }),
    checkEach({ kind: "services", check: checkFailover, given: (model) => [failover(model)] }),
    checkAll(["policies", "gateways", "routes"], checkPolicies),
  ];
}

/** Stands for the objects that are there and of which nothing can be used: the same object while there are none. */
function keysetOfBroken({ places, ...kinds }: Model): object {
  const used = kindKeys.reduce((count, kind) => count + kinds[kind].size, 0);
  return used === places.size ? noKeys : places.keyset;
}

const noKeys = {};
