import { z } from "zod";
import { toTimeText } from "../time-text.ts";
import { type DecisionRecord, decisionKinds } from "./decisions.ts";
import type { Step } from "./policy.ts";

export const stepMessage = z.object({
  rule: z.string().describe("The rule's name, or its place in the list, such as `#1`"),
  effect: z.enum(["skip", "allow", "deny"]).describe("`skip`: it is not for this request"),
  reason: z.string(),
  dryRun: z.boolean().describe("Whether it is only tried, and the rules after it decide"),
});

/** A decision, as the API has it. */
export const decisionMessage = z.object({
  id: z.int(),
  time: z.string(),
  policy: z.string(),
  rule: z.string().optional().describe("The rule that decided; not there if none did"),
  decision: z
    .enum(decisionKinds)
    .describe("`refuse`: the request may mean several things; `error`: the control plane could not decide, and denied"),
  reason: z.string(),
  status: z.int().optional().describe("The HTTP status of the denial"),
  dryRun: z.boolean().describe("Whether the request was let through all the same, since the policy is only tried"),
  dryRuns: z.array(stepMessage).describe("What rules that are only tried would have decided"),
  subject: z.string().optional().describe("Who asked, if that was found out"),
  request: z.object({
    id: z.string(),
    method: z.string(),
    host: z.string(),
    path: z.string(),
    source: z.string(),
  }),
  durationUs: z.int(),
});

export type DecisionMessage = z.infer<typeof decisionMessage>;

export function toDecisionMessage(record: DecisionRecord): DecisionMessage {
  const { timeMs, rule, status, subject, dryRuns, ...rest } = record;
  return {
    ...rest,
    time: toTimeText(timeMs),
    ...(rule !== undefined && { rule }),
    ...(status !== undefined && { status }),
    ...(subject !== undefined && { subject }),
    dryRuns: dryRuns.map(toStepMessage),
  };
}

export function toStepMessage({ rule, effect, reason, dryRun }: Step): z.infer<typeof stepMessage> {
  return { rule, effect, reason, dryRun };
}
