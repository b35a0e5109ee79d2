import { z } from "zod";
import { decisionKinds } from "../../services/authorization/decisions.ts";
import { type DecisionMessage, decisionMessage } from "../../services/authorization/message.ts";
import { escapeControls, escapeJsonLines } from "../../text-safety.ts";
import { getJson, readHttpAddress } from "../api.ts";
import { type Io, type Options, UsageError, type Values } from "../command.ts";
import { follow, writeLine } from "../follow.ts";
import { oneOf } from "../one-of.ts";
import type { ServerSentEvent } from "../server-sent-events.ts";

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
  const { http, follow: following, policy, rule, decision, limit } = options;
  const format = oneOf("format", options.format, ["text", "json"]);
  if (decision !== undefined) oneOf("decision", decision, decisionKinds);
  if (limit !== undefined && !/^\d+$/.test(limit)) {
    throw new UsageError(`Cannot read --limit "${limit}": write a number, such as 100`);
  }
  const address = readHttpAddress(http);
  const { signal } = io;
  const query = { policy, rule, decision };
  if (following) {
    const path = "/api/v1/authorization/decisions/follow";
    const toLine = (event: ServerSentEvent) => (format === "json" ? event.data : toText(event));
    const first = { path, query: { ...query, last: limit ?? "10" }, signal };
    await follow(address, first, { io, toLine, again: { path, query, signal } });
    return 0;
  }
  const request = { path: "/api/v1/authorization/decisions", query: { ...query, limit }, signal };
  const found = await getJson(address, request, list);
  for (const made of found) {
    const line = format === "json" ? escapeJsonLines(JSON.stringify(made)) : toDecisionLine(made);
    if (!(await writeLine(io, line))) return 0;
  }
  if (found.length === 0) io.stderr.write("No decision is like that\n");
  return 0;
}

const list = z.array(decisionMessage);

function toText({ event, data }: ServerSentEvent): string {
  const content: unknown = JSON.parse(data);
  const parsed = decisionMessage.safeParse(content);
  return parsed.success ? toDecisionLine(parsed.data) : escapeControls(`${event} ${data}`);
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
