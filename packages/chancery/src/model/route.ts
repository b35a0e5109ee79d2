import { z } from "zod";
import { match } from "./match.ts";
import { record } from "./record.ts";
import {
  duration,
  durationOrOff,
  headerName,
  hostname,
  listOf,
  name,
  percent,
  positiveDuration,
  reference,
  regexRewrite,
  template,
} from "./values.ts";

const changeableHeader = headerName.refine((name) => !name.startsWith(":") && name !== "host", {
  error: "cannot be changed as a header; rewrite.host changes the host, rewrite.path the path",
});

const headerChanges = z.strictObject({
  set: record(changeableHeader, template)
    .optional()
    .describe("In the place of what is there. Values may have Envoy's command operators, such as %REQ(x-user)%"),
  add: record(changeableHeader, template).optional().describe("Beside what is there"),
  remove: listOf(changeableHeader).optional().describe("Names of headers"),
});

const headers = z.strictObject({
  request: headerChanges.optional().describe("Of the request, as the service gets it"),
  response: headerChanges.optional().describe("Of the answer, as the client gets it"),
});

const destinationFields = z.strictObject({
  service: reference.describe("The name of a service"),
  weight: z.int().min(0).max(1_000_000).default(1).describe("Its share, beside the weights of the others"),
  subset: record(z.string(), z.string()).optional().describe("Only endpoints with these labels"),
  headers: headers.optional().describe("Changes for the requests that go there"),
});

const destination = z.union([
  reference.transform((service): Destination => ({ service, weight: 1 })),
  destinationFields,
]);

/** Where connections and datagrams go, which have no headers. */
const streamDestination = z.union([
  reference.transform((service): Destination => ({ service, weight: 1 })),
  destinationFields.omit({ headers: true }),
]);

const destinations = listOf(destination).refine(areWeighable, tooHeavy());

const streamDestinations = listOf(streamDestination).refine(areWeighable, tooHeavy());

/** Envoy adds weights up in 32 bits. */
function areWeighable(list: readonly { readonly weight: number }[]): boolean {
  return list.reduce((sum, { weight }) => sum + weight, 0) <= 0xffff_ffff;
}

function tooHeavy(): { readonly error: string } {
  return { error: "has weights that are more than 4294967295 together" };
}

const redirect = z
  .strictObject({
    scheme: z.enum(["http", "https"]).optional().describe("Default: that of the request"),
    host: hostname.optional().describe("Default: that of the request"),
    port: z.int().min(1).max(65_535).optional().describe("Default: that of the request, or of another scheme"),
    path: z.string().startsWith("/").optional().describe("The whole path, with the query if there is to be one"),
    prefix: z.string().startsWith("/").optional().describe("What the matched prefix becomes"),
    regex: regexRewrite.optional().describe("Each place in the path that the pattern fits"),
    status: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).default(302),
    stripQuery: z.boolean().default(false).describe("Leaves the query out"),
  })
  .describe("Sends the client elsewhere");

const respondFields = z.strictObject({
  status: z.int().min(200).max(599).describe("The status of the answer"),
  body: z
    .string()
    .refine((body) => Buffer.byteLength(body) <= 4096, { error: "must be at most 4096 bytes" })
    .optional()
    .describe("At most 4096 bytes, as they are"),
  contentType: template.optional().describe("Default: text/plain"),
});

const respond = z
  .union([
    z
      .int()
      .min(200)
      .max(599)
      .transform((status): Respond => ({ status })),
    respondFields,
  ])
  .describe("Answers at once");

const rewrite = z
  .strictObject({
    path: z.string().startsWith("/").optional().describe("The whole path; the query stays"),
    prefix: z.string().startsWith("/").optional().describe("What the matched prefix becomes"),
    regex: regexRewrite.optional().describe("Each place in the path that the pattern fits"),
    host: z
      .union([hostname, z.strictObject({ header: headerName })])
      .optional()
      .describe("The host that the service is asked for"),
  })
  .describe("What the service is asked for instead");

const mirror = z.union([
  reference.transform((service) => ({ service, percent: 100 })),
  z.strictObject({
    service: reference.describe("The name of a service"),
    percent: percent.default(100).describe("Of the requests that the rule takes"),
  }),
]);

const timeoutFields = z.strictObject({
  request: durationOrOff
    .optional()
    .describe("From the end of the request to the end of the answer. Default: 15s; for gRPC, the call's own deadline"),
  perTry: duration.optional().describe("The same for each attempt"),
  idle: durationOrOff.optional().describe("Without a byte in either direction. Default: the gateway's stream timeout"),
});

const timeout = z
  .union([durationOrOff.transform((request): z.output<typeof timeoutFields> => ({ request })), timeoutFields])
  .describe("How long an answer may take");

const retryOn = z.enum([
  "5xx",
  "gateway-error",
  "reset",
  "reset-before-request",
  "connect-failure",
  "refused-stream",
  "retriable-4xx",
  "cancelled",
  "deadline-exceeded",
  "internal",
  "resource-exhausted",
  "unavailable",
]);

const retry = z
  .strictObject({
    attempts: z.int().min(1).max(100).default(1).describe("Beside the first"),
    on: listOf(retryOn).optional().describe("Default: connect-failure, refused-stream and reset-before-request"),
    statuses: listOf(z.int().min(400).max(599)).optional().describe("Statuses to try again on"),
    perTry: duration.optional().describe("The same as timeout.perTry"),
    backOff: z
      .strictObject({ base: positiveDuration, max: positiveDuration.optional() })
      .refine(({ base, max = base }) => base <= max, { path: ["max"], error: "must not be below base" })
      .optional()
      .describe("Default: 25ms, at most ten times that"),
    otherEndpoint: z.boolean().default(true).describe("Does not try the same endpoint again if there are others"),
  })
  .describe(
    "Tries again; the service says how many retries there may be at a time (limits.retries, limits.retryBudget)",
  );

const affinity = z
  .union([
    z.strictObject({
      cookie: z
        .strictObject({
          name: z.string().min(1).describe("The name of the cookie"),
          ttl: duration.optional().describe("Envoy sets it; without, it is only read"),
          path: z.string().startsWith("/").optional().describe("The path that the cookie is set for"),
        })
        .describe("What a cookie says"),
    }),
    z.strictObject({ header: headerName }),
    z.strictObject({ query: z.string().min(1).describe("The name of a query parameter") }),
    z.strictObject({ sourceIp: z.literal(true).describe("The client's address") }),
  ])
  .describe("What is hashed, for services with ring-hash or maglev, and to choose among weights");

const upgrade = z.enum(["websocket", "connect", "connect-udp"]);

/** What happens to the requests that match. */
export const rule = z.strictObject({
  match: listOf(match).optional().describe("One of these. Default: every request"),
  to: destinations.optional().describe("Services, with weights"),
  redirect: redirect.optional(),
  respond: respond.optional(),
  rewrite: rewrite.optional(),
  headers: headers.optional().describe("Headers that are set, added and removed"),
  mirror: listOf(mirror).optional().describe("Services that get a copy; their answers are dropped"),
  timeout: timeout.optional(),
  retry: retry.optional(),
  affinity: listOf(affinity).optional().describe("The first of these that a request has says where it goes"),
  upgrades: listOf(upgrade).optional().describe("Protocols that a request may change to"),
});

/** For a rule with something wrong in it: what it matches is answered with 500 and the reason, if that much is known. */
export function respondWithReason(part: unknown, reason: string): unknown {
  const matched = z.object({ match: rule.shape.match }).safeParse(part);
  return matched.success ? { ...matched.data, respond: { status: 500, body: reason } } : undefined;
}

const shared = {
  parents: listOf(
    z.string().regex(/^[a-z0-9-]+(\/[a-z0-9-]+)?$/, { error: "must be GATEWAY or GATEWAY/LISTENER" }),
  ).describe("Where it is attached: GATEWAY/LISTENER, or GATEWAY for all its listeners of the protocol"),
  hosts: listOf(hostname).optional().describe("Default: all that the listener is for"),
};

const httpRoute = z
  .strictObject({
    ...shared,
    protocol: z.enum(["http", "grpc"]).default("http").describe("grpc: matches gRPC calls only"),
    order: z
      .enum(["written", "precedence"])
      .default("written")
      .describe("Which rule wins: the first, or the most specific"),
    rules: record(name, rule).optional().describe("By name, in order"),
    ...rule.omit({ match: true }).shape,
    match: rule.shape.match,
  })
  .refine(
    ({ parents: _p, hosts: _h, protocol: _r, order: _o, rules, ...all }) =>
      rules === undefined || Object.keys(all).length === 0,
    {
      path: ["rules"],
      error: "stands beside what belongs into a rule; move that into one of the rules",
    },
  )
  .transform(({ parents, hosts, protocol, order, rules, ...all }) => ({
    ...{ parents, protocol, order },
    ...(hosts && { hosts }),
    rules: rules ?? { all },
  }));

const streamRoute = z.strictObject({
  ...shared,
  protocol: z
    .enum(["tls", "tcp", "udp"])
    .describe("tls, tcp and udp: for listeners of that protocol, and connections as wholes"),
  to: streamDestinations,
});

/** Which requests and connections go where. */
export const route = z.union([httpRoute, streamRoute]);

/** A route in its canonical form. */
export type Route = z.output<typeof route>;
export type HttpRoute = z.output<typeof httpRoute>;
export type StreamRoute = z.output<typeof streamRoute>;
export type Rule = z.output<typeof rule>;
export type Destination = z.output<typeof destinationFields>;
export type Redirect = z.output<typeof redirect>;
export type Respond = z.output<typeof respondFields>;
export type Affinity = z.output<typeof affinity>;
export type Headers = z.output<typeof headers>;
export type HeaderChanges = z.output<typeof headerChanges>;
