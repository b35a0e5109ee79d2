import { z } from "zod";

const time = z.iso.datetime();

const endpointHealth = z.object({
  address: z.string().describe("Such as 10.0.0.5:8080, or the path of a unix socket"),
  verdict: z.enum(["unknown", "healthy", "unhealthy"]).describe("unknown: not judged yet, and used as a healthy one"),
  since: time.describe("Since when that is so"),
  held: z
    .enum(["frozen", "flapping"])
    .optional()
    .describe("Why it is so although the checkers say otherwise: too much fails at once, or it failed again and again"),
  checkers: z.int().describe("How many check it now"),
  healthy: z.int().describe("How many of them find it healthy"),
  unhealthy: z.int().describe("How many of them find it unhealthy"),
  votes: z.array(
    z.object({
      checker: z.string().describe("The id of a node, or control-plane"),
      healthy: z.boolean(),
      reason: z.string().describe("Such as HTTP 503, connection refused or timeout, if it is known"),
      since: time,
    }),
  ),
});

const serviceHealth = z.object({
  service: z.string(),
  by: z.enum(["fleet", "control-plane"]).describe("Who checks it"),
  endpoints: z.array(endpointHealth),
});

/** What checks found, as the API says it. */
export const healthReport = z
  .object({
    frozen: z
      .array(z.enum(["fleet", "control-plane"]))
      .describe("Whose checks are not believed now, as too much fails at once"),
    checkers: z
      .array(z.object({ node: z.string(), endpoints: z.int() }))
      .describe("The Envoys that check, and how many endpoints each of them does"),
    services: z.array(serviceHealth).describe("In the order of their names"),
  })
  .describe("What the control plane knows of the health of endpoints");

export type HealthReport = z.infer<typeof healthReport>;
export type ServiceHealth = z.infer<typeof serviceHealth>;
export type EndpointHealth = z.infer<typeof endpointHealth>;
