import type { Facts } from "./facts.ts";
import { type Finding, type Met, unmet } from "./finding.ts";
import type { Known } from "./known.ts";
import { type Mismatch, toMismatch } from "./match.ts";
import { type Check, nothingFound, toCheck } from "./requirement.ts";
import type { DenialConfig, PolicyConfig, RuleConfig } from "./schema.ts";

/** Ordered rules: the first that is for a request decides. */
export interface Policy {
  readonly name: string;
  /** Whether denials of its rules are only told of. */
  readonly dryRun: boolean;
  /** Proxies before Envoy that say in `x-forwarded-for` who their client is. */
  readonly trustedHops: number;
  readonly rules: readonly Rule[];
}

export interface Rule {
  /** Its own, or its place in the list: `#1`. */
  readonly name: string;
  /** Whether it is only told what it would decide; the rules after it decide. */
  readonly dryRun: boolean;
  readonly mismatch: Mismatch;
  readonly effect: Effect;
}

type Effect =
  | { readonly kind: "allow" }
  | { readonly kind: "deny"; readonly denial: DenialConfig }
  | { readonly kind: "require"; readonly check: Check };

/** What a policy says of a request. */
export type Outcome = Allowed | Denied;

interface Decided {
  /** The rule that decided; undefined if none was for the request. */
  readonly rule: string | undefined;
  readonly reason: string;
  /** What was looked at, in order. */
  readonly steps: readonly Step[];
}

export interface Allowed extends Decided {
  readonly kind: "allow";
  readonly found: Met;
}

export interface Denied extends Decided {
  readonly kind: "deny";
  readonly denial: DenialConfig;
}

/** One rule, and what it says. */
export interface Step {
  readonly rule: string;
  readonly effect: "skip" | "allow" | "deny";
  readonly reason: string;
  readonly dryRun: boolean;
}

/** Compiles a policy that was checked before. */
export function toPolicy(name: string, { dryRun, trustedHops, rules }: PolicyConfig, known: Known): Policy {
  return { name, dryRun, trustedHops, rules: rules.map((rule, index) => toRule(rule, `#${index + 1}`, known)) };
}

function toRule({ name, match = {}, allow, deny, require, dryRun }: RuleConfig, place: string, known: Known): Rule {
  const effect: Effect =
    deny !== undefined
      ? { kind: "deny", denial: deny === true ? forbidden : deny }
      : require === undefined
        ? { kind: "allow" }
        : { kind: "require", check: whole(toMismatch(match, "all"), toCheck(require, known)) };
  return { name: name ?? place, dryRun, mismatch: toMismatch(match, allow ? "all" : "any"), effect };
}

/** Denies what a rule is for only in part: neither may it go on without the requirement, nor with it. */
function whole(mismatch: Mismatch, check: Check): Check {
  return (facts, before) => {
    const reason = mismatch(facts);
    return reason === undefined
      ? check(facts, before)
      : unmet(403, `it is only partly what the rule is for: ${reason}`);
  };
}

const forbidden: DenialConfig = { status: 403, body: "", headers: {} };

/** Decides on a request: at once, unless something has to be computed or waited for. */
export function decide(policy: Policy, facts: Facts): Outcome | Promise<Outcome> {
  return decideFrom(0, { policy, facts, steps: [] });
}

interface Deciding {
  readonly policy: Policy;
  readonly facts: Facts;
  readonly steps: Step[];
}

function decideFrom(first: number, deciding: Deciding): Outcome | Promise<Outcome> {
  const { policy, facts, steps } = deciding;
  for (const [offset, rule] of policy.rules.slice(first).entries()) {
    const mismatch = rule.mismatch(facts);
    if (mismatch !== undefined) {
      steps.push({ rule: rule.name, effect: "skip", reason: mismatch, dryRun: rule.dryRun });
      continue;
    }
    const goOn = (outcome: Outcome) => (rule.dryRun ? decideFrom(first + offset + 1, deciding) : outcome);
    const outcome = apply(rule, deciding);
    if (outcome instanceof Promise) return outcome.then(goOn);
    if (!rule.dryRun) return outcome;
  }
  return { kind: "deny", rule: undefined, reason: "no rule allows it", steps, denial: forbidden };
}

function apply({ name, effect, dryRun }: Rule, { facts, steps }: Deciding): Outcome | Promise<Outcome> {
  const conclude = (found: Finding, denial = toDenial(found)): Outcome => {
    const { reason } = found;
    steps.push({ rule: name, effect: found.met ? "allow" : "deny", reason, dryRun });
    const decided = { rule: name, reason, steps };
    return found.met ? { kind: "allow", ...decided, found } : { kind: "deny", ...decided, denial };
  };
  if (effect.kind === "allow") return conclude(allowedByRule);
  if (effect.kind === "deny") return conclude({ met: false, reason: "the rule denies it", status: 403 }, effect.denial);
  const finding = effect.check(facts, nothingFound);
  return finding instanceof Promise ? finding.then((found) => conclude(found)) : conclude(finding);
}

const allowedByRule: Met = { met: true, reason: "the rule allows it" };

function toDenial(found: Finding): DenialConfig {
  if (found.met) return forbidden;
  const { status, challenge } = found;
  return { status, body: "", headers: challenge === undefined ? {} : { "www-authenticate": challenge } };
}
