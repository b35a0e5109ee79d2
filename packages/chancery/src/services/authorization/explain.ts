import type { AuthorizationRequest } from "@chancery/xds/services";
import { z } from "zod";
import { record } from "../../model/record.ts";
import type { Authorizer } from "./authorizer.ts";
import { decisionKinds } from "./decisions.ts";
import { stepMessage, toStepMessage } from "./message.ts";

/** A request to explain: what Envoy would say of it. */
export const explainInput = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/[^/?#]+/, "must be a URL such as https://shop.example.com/api?x=1")
    .describe("Its path is taken as it stands"),
  policy: z.string().optional().describe("The default policy, if it is not given"),
  method: z.string().default("GET"),
  headers: z.array(z.tuple([z.string(), z.string()])).default([]),
  sourceIp: z.string().default("").describe("The client's address"),
  principal: z.string().default("").describe("What the client's certificate says who it is"),
  sni: z.string().default(""),
  context: record(z.string(), z.string()).default({}).describe("Other context extensions"),
});

export type ExplainInput = z.infer<typeof explainInput>;

/** What is decided on a request, and why. */
export const authorizationExplanation = z.object({
  policy: z.string(),
  decision: z.enum(decisionKinds),
  rule: z.string().optional(),
  reason: z.string(),
  status: z.int().optional(),
  dryRun: z.boolean(),
  subject: z.string().optional(),
  steps: z.array(stepMessage).describe("Each rule that was looked at, in order, and why it decides or does not"),
  headers: z.array(z.tuple([z.string(), z.string()])).describe("What the upstream, or for a denial the client, gets"),
  headersToRemove: z.array(z.string()),
});

export type AuthorizationExplanation = z.infer<typeof authorizationExplanation>;

/** Decides as for Envoy, but keeps nothing of it. */
export async function explainDecision(
  authorizer: Pick<Authorizer, "decide">,
  input: ExplainInput,
): Promise<AuthorizationExplanation> {
  const decision = await authorizer.decide(toRequest(input));
  const { policy, kind, rule, reason, status, subject, dryRun, steps, response } = decision;
  const { headers = [] } = response;
  return {
    ...{ policy, decision: kind, reason, dryRun, steps: steps.map(toStepMessage) },
    ...(rule !== undefined && { rule }),
    ...(status !== undefined && { status }),
    ...(subject !== undefined && { subject }),
    headers: headers.map(({ name, value }) => [name, value]),
    headersToRemove: response.allowed ? [...(response.headersToRemove ?? [])] : [],
  };
}

function toRequest(input: ExplainInput): AuthorizationRequest {
  const { url, policy, method, headers, sourceIp, principal, sni, context } = input;
  const [, scheme = "", authority = "", target = ""] = /^(https?):\/\/([^/?#]+)(.*)$/s.exec(url) ?? [];
  const lowered = headers.map(([name, value]) => ({ name: name.toLowerCase(), value }));
  const host = lowered.find(({ name }) => name === "host")?.value ?? authority;
  const path = target.startsWith("/") ? target : `/${target}`;
  const nobody = { address: "", principal: "", certificate: "", service: "" };
  return {
    http: {
      ...{ id: "", method, path, host, scheme, protocol: "HTTP/1.1", size: -1, body: new Uint8Array() },
      headers: lowered.filter(({ name }) => name !== "host"),
    },
    source: { ...nobody, principal, address: toSocketName(sourceIp) },
    destination: nobody,
    sni,
    contextExtensions: new Map(Object.entries(policy === undefined ? context : { ...context, policy })),
  };
}

function toSocketName(ip: string): string {
  if (ip === "") return "";
  return ip.includes(":") ? `[${ip}]:0` : `${ip}:0`;
}
