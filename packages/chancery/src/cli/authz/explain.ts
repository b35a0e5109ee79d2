import { ChanceryError } from "../../errors.ts";
import { silentLogger } from "../../logs.ts";
import { Authorizer } from "../../services/authorization/authorizer.ts";
import {
  type AuthorizationExplanation,
  authorizationExplanation,
  type ExplainInput,
  explainDecision,
  explainInput,
} from "../../services/authorization/explain.ts";
import { toPolicies } from "../../services/authorization/policies.ts";
import { readAuthorization } from "../../services/authorization/read.ts";
import { escapeControls } from "../../text-safety.ts";
import { getJson, readHttpAddress } from "../api.ts";
import { painter } from "../color.ts";
import { type Io, type Options, UsageError, type Values } from "../command.ts";
import { fileOption, readOnce } from "../load.ts";
import { oneOf } from "../one-of.ts";
import { writeProblems } from "../problems.ts";
import { readHeader } from "../read-header.ts";

/** What a request that is to be explained is like. */
export const authzOptions = {
  file: fileOption,
  policy: { type: "string", value: "NAME", help: "The policy; the default policy if not given" },
  method: { type: "string", short: "X", value: "METHOD", default: "GET", help: "The method; GET by default" },
  header: { type: "string", short: "H", multiple: true, value: "'NAME: VALUE'", help: "A header, as often as needed" },
  "source-ip": { type: "string", value: "IP", default: "", help: "The client's address" },
  principal: { type: "string", value: "NAME", default: "", help: "What the client's certificate says who it is" },
  sni: { type: "string", value: "NAME", default: "", help: "The server name in the TLS handshake" },
  context: { type: "string", multiple: true, value: "KEY=VALUE", help: "A context extension of the route" },
  format: { type: "string", default: "text", value: "text|json", help: "How to write it" },
} as const satisfies Options;

export interface AuthzOptions extends Values<typeof authzOptions> {
  readonly http: string;
}

/** Writes what is decided on a request, and why. */
export async function explainRequest(url: string | undefined, options: AuthzOptions, io: Io): Promise<number> {
  if (url === undefined) throw new UsageError("What request? Give its URL, such as https://shop.example.com/api");
  const format = oneOf("format", options.format, ["text", "json"]);
  const input = toInput(url, options);
  const { file, http } = options;
  const request = { path: "/api/v1/authorization/explain", body: input, signal: io.signal };
  const explained =
    file.length > 0
      ? await explainFiles(input, file, io)
      : await getJson(readHttpAddress(http), request, authorizationExplanation);
  const lines = format === "json" ? [JSON.stringify(explained, undefined, 2)] : toLines(explained, input, io);
  io.stdout.write(`${lines.join("\n")}\n`);
  return explained.decision === "allow" || explained.dryRun ? 0 : 1;
}

function toInput(url: string, options: AuthzOptions): ExplainInput {
  const { policy, method, header, principal, sni, context } = options;
  const parsed = explainInput.safeParse({
    ...{ url, policy, method, principal, sni, sourceIp: options["source-ip"] },
    headers: header.map(readHeader),
    context: Object.fromEntries(context.map(readPair)),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`Cannot read the ${String(issue?.path[0])}: ${issue?.message}`);
}

function readPair(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new UsageError(`Cannot read --context "${text}": write KEY=VALUE`);
}

async function explainFiles(input: ExplainInput, paths: readonly string[], io: Io): Promise<AuthorizationExplanation> {
  const state = await readOnce(paths, { cwd: io.cwd });
  const { config, origins, problems } = readAuthorization(state.documents);
  const hasErrors = writeProblems([...state.problems, ...problems], io);
  if (config === undefined || hasErrors) {
    throw new ChanceryError("bad-policies", "The files have mistakes, with which a control plane would not use them");
  }
  const log = silentLogger();
  using policies = toPolicies(config, { origins, cwd: io.cwd, log });
  // Nobody waits for this one, and keys may have to come from far.
  const authorizer = new Authorizer(log, { timeoutMs: 10_000 });
  authorizer.use(policies);
  return await explainDecision(authorizer, input);
}

function toLines(explained: AuthorizationExplanation, input: ExplainInput, io: Io): string[] {
  const { policy, steps, decision, rule, reason, status, subject, dryRun, headers, headersToRemove } = explained;
  const paint = painter(io);
  const width = Math.max(0, ...steps.map((step) => step.rule.length));
  const what = [decision, ...(status === undefined ? [] : [String(status)])].join(" ");
  const allowed = decision === "allow" || dryRun;
  return [
    paint("bold", escapeControls(`${input.method} ${input.url}`)),
    `  policy   ${escapeControls(policy) || "none"}`,
    ...steps.map((step) => {
      const effect = step.dryRun ? `${step.effect} (dry run)` : step.effect;
      const line = `  rule     ${step.rule.padEnd(width)}  ${effect}: ${step.reason}`;
      return paint(step.effect === "skip" ? "dim" : step.effect === "allow" ? "green" : "red", escapeControls(line));
    }),
    ...(subject === undefined ? [] : [`  subject  ${escapeControls(subject)}`]),
    ...headers.map(([name, value]) => `  header   ${escapeControls(`${name}: ${value}`)}`),
    ...headersToRemove.map((name) => `  remove   ${escapeControls(name)}`),
    paint(
      allowed ? "green" : "red",
      escapeControls(
        `  ${dryRun ? `let through, but would be: ${what}` : what}${rule === undefined ? "" : ` by rule ${rule}`}: ${reason}`,
      ),
    ),
  ];
}
