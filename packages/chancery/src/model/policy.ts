import { z } from "zod";
import { rateLimit } from "./rate-limit.ts";
import { bytes, duration, listOf, reference } from "./values.ts";

const target = z
  .string()
  .regex(/^(gateway\/[a-z0-9-]+|listener\/[a-z0-9-]+\/[a-z0-9-]+|route\/[a-z0-9-]+|rule\/[a-z0-9-]+#[a-z0-9-]+)$/, {
    error: "must be gateway/GATEWAY, listener/GATEWAY/LISTENER, route/ROUTE or rule/ROUTE#RULE",
  });

/** What Envoy waits by itself, and more than the server takes for a decision. */
export const defaultTimeoutMs = 200;

const authorizationFields = z.strictObject({
  policy: reference.describe("A policy in the files of the authorization service"),
  body: z
    .strictObject({
      maxBytes: bytes.refine((number) => number > 0, { error: "must be at least 1" }),
      partial: z.boolean().default(false).describe("Sends the beginning of a longer body, which else gets 413"),
    })
    .optional()
    .describe("Sends the body along. Default: decides without it"),
  onFailure: z
    .enum(["deny", "allow"])
    .default("deny")
    .describe("What requests get while the authorization service does not answer: 503, or through"),
  timeout: duration
    .refine((ms) => ms > 0, { error: "must be above 0" })
    .default(defaultTimeoutMs)
    .describe("How long a request waits for a decision. Default: 200ms"),
});

const authorization = z
  .union([
    z.literal(false).transform((): { readonly policy?: undefined } => ({})),
    reference.transform(
      (policy): z.output<typeof authorizationFields> => ({ policy, onFailure: "deny", timeout: defaultTimeoutMs }),
    ),
    authorizationFields,
  ])
  .describe("Who may ask: a policy of the authorization service; false lets everyone, whatever a wider target says");

/** What a policy may say, beside its targets. */
const sections = { rateLimit: rateLimit.optional(), authorization: authorization.optional() };

/** What holds for requests, wherever they come in and wherever they go. */
export const policy = z
  .strictObject({
    targets: listOf(target).describe(
      "What it is for: gateway/GATEWAY, listener/GATEWAY/LISTENER, route/ROUTE or rule/ROUTE#RULE",
    ),
    ...sections,
  })
  .refine(({ targets: _, ...said }) => Object.values(said).some((section) => section !== undefined), {
    error: `says nothing; give it ${Object.keys(sections).join(" or ")}`,
  });

/** The policy of what is not valid. */
export const notValid = "(not valid)";

/** For a policy with something wrong in it: where it was to say who may ask, it still does, or nobody may. */
export function refuseAll(content: unknown): unknown {
  const said = z.object({ targets: z.unknown(), authorization: z.unknown() }).safeParse(content).data;
  if (said?.authorization === undefined || said.authorization === false) return undefined;
  const targets = [said.targets].flat().filter((one) => target.safeParse(one).success);
  const isValid = sections.authorization.safeParse(said.authorization).success;
  // There is no policy of this name, so that all requests are refused.
  return { targets, authorization: isValid ? said.authorization : notValid };
}

/** Who may ask, in its canonical form. */
export type Authorization = z.output<typeof authorization>;
