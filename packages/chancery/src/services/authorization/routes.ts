import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { clientGone } from "../../admin/client-gone.ts";
import { type EventFrame, sendEvents } from "../../admin/event-stream.ts";
import { problemResponse } from "../../admin/http-problem.ts";
import { problemMessage, toProblemMessage } from "../problems.ts";
import { toTimeText } from "../time-text.ts";
import type { Authorizer } from "./authorizer.ts";
import { type DecisionRecord, decisionKinds } from "./decisions.ts";
import { authorizationExplanation, explainDecision, explainInput } from "./explain.ts";
import type { AuthorizationFiles } from "./files.ts";
import { decisionMessage, toDecisionMessage } from "./message.ts";

export interface RoutesContext {
  readonly authorizer: Authorizer;
  readonly files: Pick<AuthorizationFiles, "problems">;
}

const tags = ["authorization"];

const filters = {
  policy: z.string().optional().describe("Only of this policy"),
  rule: z.string().optional().describe("Only by this rule"),
  decision: z.enum(decisionKinds).optional(),
};

const limit = z.coerce.number().int().min(0).max(10_000);

const state = z.object({
  defaultPolicy: z.string().optional(),
  policies: z.array(z.object({ name: z.string(), dryRun: z.boolean(), rules: z.array(z.string()) })),
  decisions: z
    .array(
      z.object({
        policy: z.string(),
        rule: z.string().describe("Empty if no rule was for the request"),
        decision: z.enum(decisionKinds),
        dryRun: z.boolean(),
        count: z.int(),
      }),
    )
    .describe("How many since the start, by rule"),
  issuers: z.array(
    z.object({
      name: z.string(),
      keys: z.int(),
      read: z.string().optional().describe("When the keys were last got"),
      failures: z.int(),
      error: z.string().optional(),
    }),
  ),
  problems: z.array(problemMessage).describe("While there is an error, none of the files are used"),
});

/** What can be asked of authorization over HTTP: how it stands, what was decided and why, and what would be. */
export function addAuthorizationRoutes(app: FastifyInstance, { authorizer, files }: RoutesContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    "/api/v1/authorization",
    {
      schema: {
        tags,
        summary: "Get the policies, how often their rules decided, and what is wrong in their files",
        response: { 200: state },
      },
    },
    async () => toState(authorizer, files),
  );

  routes.get(
    "/api/v1/authorization/decisions",
    {
      schema: {
        tags,
        summary: "Search decisions on requests",
        description: "The newest that match, the oldest of them first. Headers, queries and bodies are not kept.",
        querystring: z.object({ ...filters, limit: limit.default(100).describe("How many at most") }),
        response: { 200: z.array(decisionMessage), 400: problemResponse("The query is not valid") },
      },
    },
    async ({ query: { limit, ...query } }) =>
      authorizer.decisions.search(toMatches(query), limit).map(toDecisionMessage),
  );

  routes.get(
    "/api/v1/authorization/decisions/follow",
    {
      schema: {
        tags,
        summary: "Follow decisions on requests",
        description:
          "Server-sent events of the name `decision`: first the last of what there is, then what comes. Who reads too " +
          "slowly misses some, and is told how many by an event `dropped`.",
        querystring: z.object({ ...filters, last: limit.default(0).describe("How many of those that there are") }),
        produces: ["text/event-stream"],
        response: {
          200: z.unknown().describe("Events until the client goes away"),
          400: problemResponse("The query is not valid"),
        },
      },
    },
    async ({ query: { last, ...query } }, reply) => {
      const matches = toMatches(query);
      const toFrame = (record: DecisionRecord): EventFrame => ({ event: "decision", data: toDecisionMessage(record) });
      const events = authorizer.decisions.follow(matches, clientGone(reply));
      const first = authorizer.decisions.search(matches, last).values().map(toFrame);
      return sendEvents(reply, events, { greeting: "decisions, as they are made", first, toFrame });
    },
  );

  routes.post(
    "/api/v1/authorization/explain",
    {
      schema: {
        tags,
        summary: "Explain what would be decided on a request, rule by rule",
        description: "Nothing is kept of it.",
        body: explainInput,
        response: { 200: authorizationExplanation, 400: problemResponse("The request is not valid") },
      },
    },
    ({ body }) => explainDecision(authorizer, body),
  );
}

interface Query {
  readonly policy?: string | undefined;
  readonly rule?: string | undefined;
  readonly decision?: string | undefined;
}

function toMatches({ policy, rule, decision }: Query): (record: DecisionRecord) => boolean {
  return (record) =>
    (policy === undefined || record.policy === policy) &&
    (rule === undefined || record.rule === rule) &&
    (decision === undefined || record.decision === decision);
}

function toState({ policies, statistics }: Authorizer, files: RoutesContext["files"]): z.infer<typeof state> {
  const { byName, defaultPolicy, keySets } = policies ?? {};
  return {
    ...(defaultPolicy !== undefined && { defaultPolicy }),
    policies: [...(byName?.values() ?? [])].map(({ name, dryRun, rules }) => ({
      ...{ name, dryRun },
      rules: rules.map((rule) => rule.name),
    })),
    decisions: [...statistics.counts].map((count) => ({ ...count })),
    issuers: [...(keySets ?? [])].map(([name, { jwks }]) => {
      const { keys, readMs, failures, error } = jwks.state;
      return {
        ...{ name, keys, failures },
        ...(readMs !== undefined && { read: toTimeText(readMs) }),
        ...(error !== undefined && { error }),
      };
    }),
    problems: files.problems.map(toProblemMessage),
  };
}
