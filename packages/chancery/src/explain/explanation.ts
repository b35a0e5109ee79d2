// The shapes that an explanation is made of, as schemas: the API describes its answer with them, the CLI checks it.
import { z } from "zod";
import { explainedRequest } from "./request.ts";

const listOf = <T extends z.ZodType>(item: T) => z.array(item).readonly();

const candidate = z
  .object({ name: z.string(), chosen: z.boolean(), why: z.string() })
  .describe("Something that might have been chosen, and why it was or was not");

const verdict = z
  .enum(["yes", "no", "unknown"])
  .describe("Unknown is what no configuration tells: chance, or what a filter finds out");

const headerMutation = z.object({
  level: z.enum(["cluster weight", "route", "virtual host", "route configuration"]).describe("Where it is configured"),
  action: z.enum(["append", "add", "overwrite", "overwrite-existing", "remove"]),
  name: z.string(),
  value: z.string().optional().describe("May hold commands such as `%REQ(:PATH)%`, which are not carried out"),
});

const mutations = listOf(headerMutation).describe("In the order in which it is done");

const endpointView = z.object({
  address: z.string(),
  health: z.string(),
  weight: z.number(),
  hostname: z.string().optional(),
});

const localityView = z.object({
  priority: z.number(),
  locality: z.string().describe("Such as `eu/eu-1/a`; empty without one"),
  weight: z.number().optional(),
  endpoints: listOf(endpointView),
});

const leafCluster = z.object({
  name: z.string(),
  found: z.boolean().describe("False if the resources have no cluster of this name"),
  type: z.string().describe("How it finds its endpoints: `EDS`, `STATIC`, or the name of an extension"),
  loadBalancing: z.string(),
  transport: z.string().describe('Such as `TLS, SNI "shop.internal"`, or `plain`'),
  protocol: z.string(),
  localities: listOf(localityView),
  notes: listOf(z.string()),
});

const clusterView = leafCluster.extend({
  members: listOf(leafCluster).describe("The clusters that an aggregate cluster leads to"),
});

const target = z.object({
  cluster: clusterView,
  share: z.number().describe("In percent"),
  authority: z.string().optional().describe("The host that only this one gets"),
  requestHeaders: mutations,
  responseHeaders: mutations,
});

const forward = z.object({
  kind: z.literal("forward"),
  targets: listOf(target),
  authority: z.string().optional().describe("The host that the upstream gets, if it can be known"),
  path: z.string().optional().describe("The path that the upstream gets, if it can be known"),
  rewrites: listOf(z.string()).describe("What was done to host and path"),
  settings: listOf(z.object({ label: z.string(), text: z.string() })).describe(
    "Timeouts, retries, mirrors, hashing: what there is beside the way",
  ),
});

const respond = z
  .object({
    kind: z.literal("respond"),
    status: z.number(),
    body: z.string().optional(),
    location: z.string().optional(),
    responseHeaders: mutations,
  })
  .describe("The configuration has the answer: a redirect or a direct response");

const refuse = z
  .object({
    kind: z.literal("refuse"),
    status: z.number().optional().describe("Left out if the connection ends without an answer"),
    code: z.string().describe("As access logs show it in `%RESPONSE_CODE_DETAILS%`, where there is such"),
    why: z.string(),
    hint: z.string().optional(),
    responseHeaders: mutations.optional().describe("If a route had matched before"),
  })
  .describe("Envoy itself answers, or ends the connection, since it has nobody to send the request to");

const unknown = z
  .object({ kind: z.literal("unknown"), why: z.string() })
  .describe("What happens cannot be told from the resources");

const outcome = z.discriminatedUnion("kind", [forward, respond, refuse, unknown]);

const routeStep = z.object({
  name: z.string(),
  match: listOf(z.string()).describe('What it asks for, such as `path begins with "/api"`'),
  verdict,
  why: z.string().describe("What does not hold, or what cannot be known"),
  outcome: outcome.optional().describe("What it does, if it may be the one that answers"),
});

const httpFilter = z.object({
  name: z.string(),
  type: z.string(),
  disabled: z.boolean(),
  perRoute: listOf(z.string()).describe("Where the route has configuration for it, the most specific last"),
});

const httpSteps = z.object({
  authority: z.string().describe("What Envoy makes of the host before it routes"),
  path: z.string().describe("What Envoy makes of the path before it routes"),
  changes: listOf(z.string()),
  filters: listOf(httpFilter),
  routeConfiguration: z.string().optional().describe('Where the routes come from, such as `RDS "edge/https"`'),
  scope: z.string().optional(),
  virtualHosts: listOf(candidate).describe("Those whose domains match; the one chosen first"),
  routes: listOf(routeStep).describe("Up to the one that surely matches"),
  notReached: z.number().describe("How many rules come after that"),
});

export const explanation = z
  .object({
    request: explainedRequest,
    listeners: listOf(candidate),
    filterChains: listOf(candidate),
    networkFilters: listOf(z.string()).describe("By name, up to the one that ends the chain"),
    http: httpSteps.optional(),
    outcome,
    notes: listOf(z.string()).describe("What to keep in mind, such as secrets that are missing"),
  })
  .describe("What an Envoy does with a request, step by step");

export type Candidate = z.infer<typeof candidate>;
export type Verdict = z.infer<typeof verdict>;
export type HeaderMutation = z.infer<typeof headerMutation>;
export type EndpointView = z.infer<typeof endpointView>;
export type LocalityView = z.infer<typeof localityView>;
/** What the resources say of a cluster. */
export type ClusterView = z.infer<typeof clusterView>;
export type LeafCluster = Omit<ClusterView, "members">;
export type Target = z.infer<typeof target>;
export type Forward = z.infer<typeof forward>;
export type Respond = z.infer<typeof respond>;
export type Refuse = z.infer<typeof refuse>;
export type Outcome = z.infer<typeof outcome>;
/** One rule of a virtual host. */
export type RouteStep = z.infer<typeof routeStep>;
export type HttpFilter = z.infer<typeof httpFilter>;
/** How a request went through HTTP routing. */
export type HttpSteps = z.infer<typeof httpSteps>;
/** What an Envoy does with a request, step by step: plain data, as JSON takes it. */
export type Explanation = z.infer<typeof explanation>;
