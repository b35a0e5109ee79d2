import { meant } from "../cli/suggest.ts";
import type { Item, ItemProblem, Model } from "../model/model.ts";
import { notValid } from "../model/policy.ts";
import { error, warning } from "./finding.ts";
import { checkEach } from "./follow.ts";

/**
 * Names that services have in files of their own, and policies may refer to. `absent` if the service has no files, `unread`
 * while nothing is known of them.
 */
export interface ServiceNames {
  /** Policies of authorization. */
  readonly authorization: readonly string[] | "absent" | "unread";
  /** Domains of rate limits. */
  readonly rateLimits: readonly string[] | "absent" | "unread";
}

/**
 * Finds policies that name what the files of a service do not have, in one model after the other: only those that changed
 * are looked at again.
 */
export function createNamesCheck(): (model: Model, names: ServiceNames) => readonly ItemProblem[] {
  let names: ServiceNames = { authorization: "unread", rateLimits: "unread" };
  const check = checkEach({
    kind: "policies",
    check: (item) => [...checkAuthorization(item, names.authorization), ...checkRateLimit(item, names.rateLimits)],
    given: () => [JSON.stringify(names)],
  });
  return (model, now) => {
    names = now;
    return check(model);
  };
}

function checkAuthorization(item: Item<"policies">, known: ServiceNames["authorization"]): readonly ItemProblem[] {
  const name = item.value.authorization?.policy;
  if (name === undefined || name === notValid) return [];
  return checkName(item, known, {
    ...{ name, path: "authorization", what: "policy", files: "authorization", comes: "all is refused" },
    option: "--authorization",
  });
}

function checkRateLimit(item: Item<"policies">, known: ServiceNames["rateLimits"]): readonly ItemProblem[] {
  const { rateLimit } = item.value;
  if (rateLimit === undefined || !("domain" in rateLimit)) return [];
  return checkName(item, known, {
    ...{ name: rateLimit.domain, path: "rateLimit.domain", what: "domain", files: "rate limits" },
    ...{ comes: "nothing is limited", option: "--rate-limits" },
  });
}

interface Reference {
  readonly name: string;
  readonly path: string;
  readonly what: string;
  /** What the files are of. */
  readonly files: string;
  /** What comes of a name that is not there. */
  readonly comes: string;
  /** What names the files. */
  readonly option: string;
}

function checkName(
  item: Item<"policies">,
  known: readonly string[] | "absent" | "unread",
  { name, path, what, files, comes, option }: Reference,
): readonly ItemProblem[] {
  if (known === "unread" || known.includes(name)) return [];
  if (known === "absent") {
    const message = `there are no files of ${files}: ${comes}`;
    return [warning(item, { code: "dangling-reference", path, message, hint: `name some with ${option} PATH` })];
  }
  const hint = meant(name, known);
  const message = `no file of ${files} has a ${what} "${name}": ${comes}`;
  return [error(item, { code: "dangling-reference", path, message, hint })];
}
