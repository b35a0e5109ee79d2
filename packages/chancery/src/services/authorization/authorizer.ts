import type { AuthorizationRequest, AuthorizationResponse } from "@chancery/xds/services";
import type { Logger } from "../../logs.ts";
import { type DecisionKind, Decisions, type RequestSummary } from "./decisions.ts";
import { type Facts, readFacts } from "./facts.ts";
import type { Policies } from "./policies.ts";
import { decide, type Outcome, type Policy, type Step } from "./policy.ts";
import { nothingFound } from "./requirement.ts";
import { toAllowed, toDenied } from "./respond.ts";
import { Statistics } from "./statistics.ts";

export interface AuthorizerOptions {
  /** How long a decision may take before it is a denial. Default: 150 ms, for Envoy itself waits 200. */
  readonly timeoutMs?: number | undefined;
  /** Decisions that are kept to be looked at. Default: 10,000. */
  readonly maxDecisions?: number | undefined;
}

/** What was decided, and what Envoy is told. */
export interface Decision {
  readonly policy: string;
  readonly kind: DecisionKind;
  readonly rule: string | undefined;
  readonly reason: string;
  readonly steps: readonly Step[];
  /** Whether it is a denial that was not carried out. */
  readonly dryRun: boolean;
  readonly status: number | undefined;
  readonly subject: string | undefined;
  readonly response: AuthorizationResponse;
}

/** Decides on requests by policies. Whatever goes wrong is a denial. */
export class Authorizer {
  readonly decisions: Decisions;
  readonly statistics = new Statistics();
  readonly #log: Logger;
  readonly #timeoutMs: number;
  #policies: Policies | undefined;

  constructor(log: Logger, { timeoutMs = 150, maxDecisions = 10_000 }: AuthorizerOptions = {}) {
    if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) throw new RangeError(`timeoutMs is ${timeoutMs}: it must be above 0`);
    this.#log = log;
    this.#timeoutMs = timeoutMs;
    this.decisions = new Decisions(maxDecisions);
  }

  /** Undefined until there are some. */
  get policies(): Policies | undefined {
    return this.#policies;
  }

  /** Decides by these from now on. */
  use(policies: Policies): void {
    this.#policies = policies;
  }

  /** Decides on a request, and keeps what was decided and why. */
  check(request: AuthorizationRequest): AuthorizationResponse | Promise<AuthorizationResponse> {
    const beganMs = performance.now();
    const decision = this.decide(request);
    const finish = (made: Decision) => {
      this.#record(made, request, beganMs);
      return made.response;
    };
    return decision instanceof Promise ? decision.then(finish) : finish(decision);
  }

  /** The same, and nothing is kept of it. */
  decide(request: AuthorizationRequest): Decision | Promise<Decision> {
    const named = request.contextExtensions.get("policy") ?? this.#policies?.defaultPolicy;
    const name = named ?? "";
    try {
      const policy = this.#policies?.byName.get(name);
      if (policy === undefined) return withoutPolicy(named, this.#policies !== undefined);
      const read = readFacts(request, policy);
      if (!read.ok) return denied({ policy: name, kind: "refuse", status: 400, reason: read.reason });
      const outcome = decide(policy, read.facts);
      if (!(outcome instanceof Promise)) return this.#conclude(policy, outcome, read.facts);
      const concluded = outcome.then((late) => this.#conclude(policy, late, read.facts));
      return this.#bounded(concluded, name).catch((error: unknown) => this.#failed(name, error));
    } catch (error) {
      return this.#failed(name, error);
    }
  }

  close(): void {
    this.decisions.close();
    this.#policies?.[Symbol.dispose]();
  }

  #conclude(policy: Policy, outcome: Outcome, facts: Facts): Decision {
    const { rule, reason, steps, kind } = outcome;
    const own = this.#policies?.ownHeaders ?? new Set();
    const about = { policy: policy.name, kind, rule, reason, steps };
    if (outcome.kind === "allow") {
      const { subject } = outcome.found;
      const response = toAllowed(outcome.found, facts, own);
      return { ...about, dryRun: false, status: undefined, subject, response };
    }
    const { status } = outcome.denial;
    const response = policy.dryRun ? toAllowed(nothingFound, facts, own) : toDenied(outcome.denial, reason);
    return { ...about, dryRun: policy.dryRun, status, subject: undefined, response };
  }

  async #bounded(decision: Promise<Decision>, policy: string): Promise<Decision> {
    const { promise, resolve } = Promise.withResolvers<Decision>();
    const reason = `it took longer than ${this.#timeoutMs} ms`;
    const timer = setTimeout(() => resolve(denied({ policy, kind: "error", status: 503, reason })), this.#timeoutMs);
    try {
      return await Promise.race([decision, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #failed(policy: string, err: unknown): Decision {
    this.#log.error({ err, policy }, `Cannot decide by policy "${policy}"; the request is denied`);
    return denied({ policy, kind: "error", status: 503, reason: "an error of the control plane" });
  }

  #record(decision: Decision, request: AuthorizationRequest, beganMs: number): void {
    const { policy, kind, rule, reason, steps, status, subject } = decision;
    const durationMs = performance.now() - beganMs;
    const dryRuns = steps.filter((step) => step.dryRun && step.effect !== "skip");
    // Names of policies that there are none of are not told apart: routes could have any.
    const known = this.#policies?.byName.has(policy) ? policy : "";
    this.statistics.add({ policy: known, rule: rule ?? "", decision: kind, dryRun: decision.dryRun });
    for (const step of dryRuns) {
      const decision = step.effect === "allow" ? "allow" : "deny";
      this.statistics.add({ policy: known, rule: step.rule, decision, dryRun: true });
    }
    this.statistics.took(durationMs / 1000);
    const timeMs = Date.now();
    if (kind === "allow" && dryRuns.length === 0 && !this.decisions.keepsAllowed(timeMs)) return;
    this.decisions.add({
      ...{
        timeMs,
        policy,
        rule,
        decision: kind,
        reason,
        status,
        dryRun: decision.dryRun,
        dryRuns,
        subject,
      },
      request: summarize(request),
      durationUs: Math.round(durationMs * 1000),
    });
  }
}

function withoutPolicy(named: string | undefined, areThere: boolean): Decision {
  const [status, reason] = !areThere
    ? [503, "there are no policies yet"]
    : named === undefined
      ? [403, "the request names no policy, and there is no default"]
      : [403, `there is no policy "${named}"`];
  return denied({ policy: named ?? "", kind: areThere ? "deny" : "error", status, reason });
}

interface Refusal {
  readonly policy: string;
  readonly kind: DecisionKind;
  readonly status: number;
  readonly reason: string;
}

function denied({ policy, kind, status, reason }: Refusal): Decision {
  const response = toDenied({ status, body: "", headers: {} }, reason);
  const nobody = { rule: undefined, steps: [], subject: undefined };
  return { policy, kind, reason, status, dryRun: false, response, ...nobody };
}

function summarize({ http, source }: AuthorizationRequest): RequestSummary {
  const { id = "", method = "", host = "", path = "" } = http ?? {};
  return { id, method, host, path: path.replace(/[?#].*$/s, ""), source: source.address };
}
