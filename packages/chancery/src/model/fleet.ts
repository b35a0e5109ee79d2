import { z } from "zod";
import { record } from "./record.ts";
import { duration, listOf, percent, reference, refineTemplate } from "./values.ts";

const glob = z.string().min(1).describe("A text in which * stands for any characters");

const matchOptions = z.strictObject({
  id: glob.optional().describe("The node id"),
  cluster: glob.optional().describe("The node's cluster"),
  locality: z
    .strictObject({ region: glob.optional(), zone: glob.optional(), subZone: glob.optional() })
    .optional()
    .describe("Where the node says it is"),
  metadata: record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe("Values in the node's metadata, by dotted path; texts may have *"),
  san: glob
    .optional()
    .describe("A subject alternative name of its verified certificate, such as spiffe://example.org/edge"),
});

const match = z
  .union([glob.transform((id): z.output<typeof matchOptions> => ({ id })), matchOptions])
  .describe("All that is said must be so; a text alone is a glob for the node id");

const accessLogOptions = z.strictObject({
  to: z.enum(["chancery", "stdout"]).default("chancery").describe("The control plane, or Envoy's own output"),
  format: z
    .union([z.literal("json"), z.string().min(1).superRefine(refineTemplate)])
    .optional()
    .describe("For stdout: json, or a format string"),
});

const accessLog = z
  .union([z.literal(true).transform((): z.output<typeof accessLogOptions> => ({ to: "chancery" })), accessLogOptions])
  .describe("An entry for each request and connection");

const tracingOptions = z.strictObject({
  to: z
    .union([z.literal("chancery"), reference])
    .default("chancery")
    .describe("The control plane, or a service that takes OTLP over gRPC"),
  sampling: percent.optional().describe("Of the requests that ask for nothing else. Default: 100%"),
});

const tracing = z
  .union([z.literal(true).transform((): z.output<typeof tracingOptions> => ({ to: "chancery" })), tracingOptions])
  .describe("OpenTelemetry traces");

const metricsOptions = z.strictObject({ interval: duration.optional().describe("Default: 5s") });

const metrics = z
  .union([z.literal(false), z.literal(true).transform((): z.output<typeof metricsOptions> => ({})), metricsOptions])
  .describe(
    "Envoy's own statistics, sent to the control plane for /metrics/fleet. Needs a bootstrap that says so, which is what " +
      "counts by default; with false they are not taken all the same",
  );

/** Which Envoys get which gateways, and what they send back. */
export const fleet = z.strictObject({
  match: listOf(match).describe("The Envoys that belong to it: those that fit one of these"),
  priority: z
    .int()
    .min(-1000)
    .max(1000)
    .default(0)
    .describe("An Envoy that fits several fleets belongs to that of the highest priority, then the first by name"),
  gateways: listOf(reference).optional().describe("What they serve. Default: all gateways"),
  services: listOf(reference)
    .optional()
    .describe("Services to have beside those that routes name, such as one that a patch sends something to"),
  requireIdentity: z.boolean().default(false).describe("Refuses an Envoy that has no verified client certificate"),
  loadReports: z
    .boolean()
    .optional()
    .describe(
      "Reports the load by cluster, locality and endpoint, for chancery top. Needs a bootstrap that says so, which is what " +
        "counts by default; with false nothing is reported all the same",
    ),
  accessLog: accessLog.optional(),
  tracing: tracing.optional(),
  metrics: metrics.optional(),
  healthChecks: z.boolean().default(false).describe("Lets these Envoys check endpoints for the control plane"),
});

/** A fleet in its canonical form. */
export type Fleet = z.output<typeof fleet>;
export type FleetMatch = Fleet["match"][number];
