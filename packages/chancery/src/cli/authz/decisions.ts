import { decisionKinds } from "../../services/authorization/decisions.ts";
import { type DecisionMessage, decisionMessage } from "../../services/authorization/message.ts";
import { escapeControls } from "../../text-safety.ts";
import { type Io, type Options, UsageError, type Values } from "../command.ts";
import { showListing } from "../listing.ts";
import { oneOf } from "../one-of.ts";

/** Which decisions are shown, beside `--policy`. */
export const decisionOptions = {
  follow: { type: "boolean", help: "With decisions: go on with what comes, until Ctrl-C" },
  rule: { type: "string", value: "NAME", help: "With decisions: only by this rule" },
  decision: { type: "string", value: decisionKinds.join("|"), help: "With decisions: only such" },
  limit: {
    type: "string",
    value: "N",
    help: "With decisions: how many at most; 100 by default, 10 to begin with --follow",
  },
} as const satisfies Options;

export interface DecisionOptions extends Values<typeof decisionOptions> {
  readonly http: string;
  readonly policy: string | undefined;
  readonly format: string;
}

/** Writes what was decided on requests, and why, a line each. */
export async function showDecisions(argument: string | undefined, options: DecisionOptions, io: Io): Promise<number> {
  if (argument !== undefined) throw new UsageError(`Unknown argument "${argument}"`);
  const { policy, rule, decision } = options;
  if (decision !== undefined) oneOf("decision", decision, decisionKinds);
  const query = { policy, rule, decision };
  const path = "/api/v1/authorization/decisions";
  const listing = { path, query, message: decisionMessage, toLine: toDecisionLine };
  if (!(await showListing(listing, options, io))) io.stderr.write("No decision is like that\n");
  return 0;
}

/** One line for people. What it says comes from whoever sent the request, so it is made harmless. */
function toDecisionLine(made: DecisionMessage): string {
  const { time, policy, rule, decision, reason, status, dryRun, dryRuns, subject, request } = made;
  const { method, host, path, source } = request;
  const parts = [
    time,
    [decision, ...(status === undefined ? [] : [status]), ...(dryRun ? ["(dry run)"] : [])].join(" "),
    method === "" ? "connection" : `${method} ${host}${path}`,
    [source || "-", ...(subject === undefined ? [] : [subject])].join(" "),
    `${policy || "-"}${rule === undefined ? "" : `#${rule}`}: ${reason}`,
    ...dryRuns.map((step) => `(dry run) ${step.rule}: ${step.effect}, ${step.reason}`),
  ];
  return escapeControls(parts.join("  "));
}
