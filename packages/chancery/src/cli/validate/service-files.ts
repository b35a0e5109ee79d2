import { createNamesCheck } from "../../checks/service-names.ts";
import type { LocatedProblem } from "../../documents/document.ts";
import { locateItems } from "../../model/locate.ts";
import type { Model } from "../../model/model.ts";
import { readAuthorization } from "../../services/authorization/read.ts";
import { readRateLimits } from "../../services/rate-limit/read.ts";
import { readOnce } from "../load.ts";

export interface ServiceFiles {
  /** Files and folders; none if nothing is to be said of them. */
  readonly authorization: readonly string[];
  readonly rateLimits: readonly string[];
  readonly cwd: string;
}

/** What is wrong in files of services, and what policies of a model name that those do not have. */
export async function checkServiceFiles(model: Model, files: ServiceFiles): Promise<readonly LocatedProblem[]> {
  const { cwd } = files;
  const authorization = files.authorization.length > 0 ? await readOnce(files.authorization, { cwd }) : undefined;
  const rateLimits = files.rateLimits.length > 0 ? await readOnce(files.rateLimits, { cwd }) : undefined;
  const policies = authorization && readAuthorization(authorization.documents);
  const limits = rateLimits && readRateLimits(rateLimits.documents);
  const names = createNamesCheck()(model, {
    authorization: policies?.config ? Object.keys(policies.config.policies) : "unread",
    rateLimits: limits?.domains ? [...limits.domains.keys()] : "unread",
  });
  return [
    ...(authorization?.problems ?? []),
    ...(rateLimits?.problems ?? []),
    ...(policies?.problems ?? []),
    ...(limits?.problems ?? []),
    ...locateItems(model, names),
  ];
}
