import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import { Code, StatusError } from "@chancery/xds/grpc";
import {
  checkRateLimitRequest,
  encodeRateLimitResponse,
  type RateLimitResponse,
  readRateLimitRequest,
} from "@chancery/xds/services";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { readBody } from "../../admin/bodies.ts";
import { HttpProblem, problemResponse } from "../../admin/http-problem.ts";
import { withSafeJson } from "../../admin/safe-json.ts";
import { problemMessage, toProblemMessage } from "../problems.ts";
import type { RateLimitFiles } from "./files.ts";
import type { Limiter } from "./limiter.ts";
import type { Rule } from "./rule.ts";
import { units } from "./rule.ts";
import { unitNames } from "./schema.ts";

export interface RoutesContext {
  readonly limiter: Pick<Limiter, "decide" | "domains" | "statistics">;
  readonly files: Pick<RateLimitFiles, "problems">;
}

const tags = ["rate limits"];

const ask = z.looseObject({}).describe("An `envoy.service.ratelimit.v3.RateLimitRequest` as proto3 JSON");
const answer = z.unknown().describe("An `envoy.service.ratelimit.v3.RateLimitResponse` as proto3 JSON");

// They only grow, and may pass what is a safe integer.
const hits = z.number();

const stats = z.object({
  rule: z.string().describe("Keys and values of the rule, such as `path_/api.user`"),
  totalHits: hits,
  withinLimit: hits,
  nearLimit: hits.describe("Beyond most of the limit, 80 % by default, but within it"),
  overLimit: hits,
  shadowMode: hits.describe("Over the limit, and let through all the same"),
});

const state = z.object({
  domains: z.array(z.object({ domain: z.string(), rules: z.array(stats) })).describe("Hits since the start, by rule"),
  problems: z
    .array(problemMessage)
    .describe("While there is an error, none of the files are used, and the limits before stay"),
});

/** What can be asked of rate limits over HTTP: a decision, the rules, and how often they were hit. */
export function addRateLimitRoutes(app: FastifyInstance, context: RoutesContext): void {
  app.register(async (scope) => addDecision(scope, context));
  withSafeJson(app, (scope) => addReports(scope, context));
}

function addDecision(app: FastifyInstance, { limiter }: RoutesContext): void {
  // What `curl --data` says of JSON; envoyproxy/ratelimit does not look at it.
  app.addContentTypeParser(
    ["application/x-www-form-urlencoded", "text/plain"],
    { parseAs: "buffer" },
    async (_request: unknown, bytes: Buffer) => readBody({ bytes, format: "json" }),
  );
  app.withTypeProvider<ZodTypeProvider>().post(
    "/json",
    {
      config: { callers: "programs" },
      schema: {
        tags,
        summary: "Ask for a decision, as envoyproxy/ratelimit is asked by those without gRPC",
        body: ask,
        response: { 200: answer, 429: answer, 400: problemResponse("The request is not valid") },
      },
    },
    async (request, reply) => {
      const response = await decide(limiter, request.body);
      const json = decodeToJson(responseType, encodeRateLimitResponse(response), { names: "json" });
      return reply.code(response.overallCode === "OK" ? 200 : 429).send(json);
    },
  );
}

function addReports(app: FastifyInstance, { limiter, files }: RoutesContext): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    "/rlconfig",
    {
      schema: {
        tags,
        summary: "List the rules, as envoyproxy/ratelimit does",
        produces: ["text/plain"],
        response: { 200: z.string().describe("A line for each rule") },
      },
    },
    async (_, reply) => reply.type("text/plain").send(rulesOf(limiter).map(toLine).join("")),
  );

  routes.get(
    "/api/v1/rate-limits",
    {
      schema: {
        tags,
        summary: "Get the hits on rate limits, and what is wrong in their files",
        response: { 200: state },
      },
    },
    async () => ({
      domains: [...(limiter.domains?.keys() ?? [])].map((domain) => ({ domain, rules: statsOf(limiter, domain) })),
      problems: files.problems.map(toProblemMessage),
    }),
  );
}

const requestType = "envoy.service.ratelimit.v3.RateLimitRequest";
const responseType = "envoy.service.ratelimit.v3.RateLimitResponse";

async function decide(limiter: RoutesContext["limiter"], body: unknown): Promise<RateLimitResponse> {
  const encoded = encodeJson(requestType, body);
  if (!encoded.ok) throw new HttpProblem(400, "The request is not valid", encoded.problems);
  try {
    const request = readRateLimitRequest(encoded.bytes);
    checkRateLimitRequest(request);
    return await limiter.decide(request);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw new HttpProblem(error.code === Code.UNAVAILABLE ? 503 : 400, error.message);
  }
}

function statsOf({ statistics }: RoutesContext["limiter"], domain: string): z.infer<typeof stats>[] {
  return [...statistics.all()].filter((one) => one.domain === domain).map(({ domain: _, ...rest }) => rest);
}

function rulesOf({ domains }: RoutesContext["limiter"]): Rule[] {
  return [...(domains?.values() ?? [])].flatMap(({ rules }) => rules);
}

function toLine({ name, limit, shadow, quota }: Rule): string {
  const unit = unitNames.find((candidate) => units[candidate].number === limit?.current.unit);
  const what = limit === undefined ? "unlimited" : `unit=${unit?.toUpperCase()} requests_per_unit=${limit.requests}`;
  const how = limit === undefined || limit.algorithm === "fixed_window" ? "" : `, algorithm: ${limit.algorithm}`;
  return `${name}: ${what}, shadow_mode: ${shadow}, quota_mode: ${quota}${how}\n`;
}
