import { checkReferences } from "./checks/references.ts";
import type { ItemProblem, Model } from "./model.ts";

/** What can be wrong between objects that are right by themselves: each check is one entry. */
const checks: readonly ((model: Model) => readonly ItemProblem[])[] = [checkReferences];

/** Finds what is wrong between the objects of a model. */
export function checkModel(model: Model): readonly ItemProblem[] {
  return checks.flatMap((check) => check(model));
}
