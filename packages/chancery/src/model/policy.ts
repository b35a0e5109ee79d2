import { z } from "zod";
import { jwt } from "./jwt.ts";
import { rateLimit } from "./rate-limit.ts";
import { bytes, cidr, duration, listOf, reference } from "./values.ts";

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

const ipAccessFields = z
  .strictObject({
    allow: listOf(cidr).optional().describe("Only these addresses and ranges. Default: all"),
    deny: listOf(cidr).optional().describe("Not these, also if they are among those that are allowed"),
    dryRun: z
      .boolean()
      .default(false)
      .describe("Refuses nobody: Envoy counts who would be, in rbac.shadow_denied of the listener"),
  })
  .refine(({ allow, deny }) => allow !== undefined || deny !== undefined, {
    error: "says nothing; give it allow or deny",
  });

const ipAccess = z
  .union([z.literal(false), ipAccessFields])
  .describe("From which addresses requests may come; false lets all, whatever a wider target says");

const name = z
  .string()
  .min(1)
  .describe("A name in a client's certificate, such as spiffe://corp/ns/*/sa/shop; * stands for any characters");

const principalsFields = z.strictObject({
  allow: listOf(name),
  dryRun: z
    .boolean()
    .default(false)
    .describe("Refuses nobody: Envoy counts who would be, in rbac.principals.shadow_denied of the listener"),
});

const principals = z
  .union([
    z.literal(false),
    listOf(name).transform((allow): z.output<typeof principalsFields> => ({ allow, dryRun: false })),
    principalsFields,
  ])
  .describe("Whose certificates requests may come with; false lets all, whatever a wider target says");

/** What a policy may say, beside its targets. */
const sections = {
  rateLimit: rateLimit.optional(),
  authorization: authorization.optional(),
  ipAccess: ipAccess.optional(),
  principals: principals.optional(),
  jwt: jwt.optional(),
};

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

/** Stands for what is not valid: nothing is of this name, so that all is refused. */
export const notValid = "(not valid)";

/** For a policy with something wrong in it: where it was to say who may ask, it still does, or nobody may. */
export function refuseAll(content: unknown): unknown {
  const said = asSaid.safeParse(content).data;
  const nobody = { ipAccess: { deny: ["0.0.0.0/0", "::/0"] } };
  const kept = {
    ...restricting("authorization", said?.authorization, { authorization: notValid }),
    ...restricting("principals", said?.principals, { principals: notValid }),
    ...restricting("jwt", said?.jwt, nobody),
    ...restricting("ipAccess", said?.ipAccess, nobody),
  };
  if (Object.keys(kept).length === 0) return undefined;
  return { targets: [said?.targets].flat().filter((one) => target.safeParse(one).success), ...kept };
}

const asSaid = z.object({
  targets: z.unknown().optional(),
  authorization: z.unknown().optional(),
  ipAccess: z.unknown().optional(),
  principals: z.unknown().optional(),
  jwt: z.unknown().optional(),
});

/** A section that says who may ask, or what lets nobody in its place if it is not valid. */
function restricting(
  name: "authorization" | "principals" | "jwt" | "ipAccess",
  section: unknown,
  nobody: object,
): object {
  if (section === undefined || section === false) return {};
  return sections[name].safeParse(section).success ? { [name]: section } : nobody;
}

/** A policy in its canonical form. */
export type Policy = z.output<typeof policy>;

/** Whose certificates requests may come with, in its canonical form. */
export type Principals = z.output<typeof principals>;

/** From where requests may come, in its canonical form. */
export type IpAccess = z.output<typeof ipAccess>;

/** Who may ask, in its canonical form. */
export type Authorization = z.output<typeof authorization>;
