import { matchesGlob } from "../../glob.ts";
import { toAddresses } from "./addresses.ts";
import { findApiKey } from "./api-key.ts";
import { checkBasic } from "./basic.ts";
import { toExpression } from "./cel.ts";
import type { Facts } from "./facts.ts";
import { type Finding, type Met, type Unmet, unmet } from "./finding.ts";
import { toJwtCheck } from "./jwt.ts";
import type { Known } from "./known.ts";
import type { IpsConfig, RequirementConfig } from "./schema.ts";

/** Finds out whether a request meets something; with what was found before it of the same requirement. */
export type Check = (facts: Facts, before: Met) => Finding | Promise<Finding>;

/** Compiles a requirement: all that is cheap first, expressions last, since they may look at what the others found. */
export function toCheck(config: RequirementConfig, known: Known): Check {
  const { apiKey, jwt, basic, principals, ips, cel, any } = config;
  return all([
    ...(ips ? [checkIps(ips)] : []),
    ...(principals ? [checkPrincipal(principals)] : []),
    ...(apiKey ? [findApiKey(apiKey, known)] : []),
    ...(basic ? [checkBasic(basic, known)] : []),
    ...(jwt ? [toJwtCheck(jwt, known)] : []),
    ...(any ? [oneOf(any.map((member) => toCheck(member, known)))] : []),
    ...(cel === undefined ? [] : [toExpression(cel)]),
  ]);
}

/** What is found before anything was looked for. */
export const nothingFound: Met = { met: true, reason: "" };

function all(checks: readonly Check[]): Check {
  const from = (index: number, facts: Facts, before: Met): Finding | Promise<Finding> => {
    const check = checks[index];
    if (check === undefined) return before;
    const finding = check(facts, before);
    const goOn = (found: Finding) => (found.met ? from(index + 1, facts, combine(before, found)) : found);
    return finding instanceof Promise ? finding.then(goOn) : goOn(finding);
  };
  return (facts, before) => from(0, facts, before);
}

function oneOf(checks: readonly Check[]): Check {
  const from = (index: number, facts: Facts, before: Met, failed: readonly Unmet[]): Finding | Promise<Finding> => {
    const check = checks[index];
    if (check === undefined) return worst(failed);
    const finding = check(facts, before);
    const goOn = (found: Finding) => (found.met ? found : from(index + 1, facts, before, [...failed, found]));
    return finding instanceof Promise ? finding.then(goOn) : goOn(finding);
  };
  return (facts, before) => from(0, facts, before, []);
}

function combine(before: Met, found: Met): Met {
  if (before === nothingFound) return found;
  const { subject = before.subject, claims = before.claims } = found;
  return {
    met: true,
    reason: [before.reason, found.reason].filter((reason) => reason !== "").join(", "),
    ...(subject !== undefined && { subject }),
    ...(claims !== undefined && { claims }),
    headers: new Map([...(before.headers ?? []), ...(found.headers ?? [])]),
    strips: [...(before.strips ?? []), ...(found.strips ?? [])],
  };
}

/** Nobody can tell beats who may come again with other credentials, and that beats no. */
function worst(failed: readonly Unmet[]): Unmet {
  const status = ([503, 401, 403] as const).find((one) => failed.some((unmet) => unmet.status === one)) ?? 403;
  const challenges = failed.flatMap(({ challenge }) => challenge ?? []);
  const reason = failed.map(({ reason }) => reason).join("; and ");
  return unmet(status, reason, challenges.length > 0 ? [...new Set(challenges)].join(", ") : undefined);
}

function checkIps({ allow, deny = [] }: IpsConfig): Check {
  const allowed = allow && toAddresses(allow);
  const denied = toAddresses(deny);
  return ({ ip }) => {
    if (ip === "") return unmet(403, "the client has no IP address");
    if (denied.has(ip)) return unmet(403, `${ip} is among the addresses that are denied`);
    if (allowed?.has(ip) === false) return unmet(403, `${ip} is not among the addresses that are allowed`);
    return { met: true, reason: `${ip} is an address that is allowed` };
  };
}

function checkPrincipal(globs: readonly string[]): Check {
  return ({ principal }) => {
    if (principal === "") return unmet(403, "the client shows no certificate");
    const glob = globs.find((glob) => matchesGlob(principal, glob));
    if (glob === undefined) return unmet(403, `principal "${principal}" is none of those that are allowed`);
    return { met: true, reason: `principal "${principal}" matches "${glob}"`, subject: principal };
  };
}
