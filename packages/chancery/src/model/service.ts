import { z } from "zod";
import { type Endpoint, toEndpoint } from "./endpoint.ts";
import { record } from "./record.ts";
import { serviceMistakes } from "./service-rules.ts";
import {
  bytes,
  concurrentStreams,
  count,
  duration,
  durationOrOff,
  headerValue,
  hostname,
  listOf,
  percent,
  port,
  positiveDuration,
  reference,
  tlsVersions,
  windowBytes,
} from "./values.ts";

const endpointText = z
  .string()
  .transform(toEndpoint)
  .refine((endpoint) => endpoint !== undefined, {
    error: "must be HOST:PORT such as 10.0.0.5:8080, shop.internal:80 or [::1]:8080, or unix:/path of a socket",
  })
  .transform((endpoint) => endpoint as NonNullable<typeof endpoint>)
  .describe("HOST:PORT, or unix:/path of a socket");

const endpoint = z.union([
  endpointText.transform((address): Endpoint => ({ ...address, priority: 0 })),
  z
    .strictObject({
      address: endpointText,
      weight: z.int().min(1).max(4_294_967).optional().describe("Default: 1"),
      region: z.string().optional().describe("Where it is, as Envoys say it of themselves"),
      zone: z.string().optional().describe("The same, closer"),
      priority: z.int().min(0).max(127).default(0).describe("Those of 0 are used while enough of them are healthy"),
      labels: record(z.string(), z.string()).optional().describe("What subsets are chosen by"),
      hostname: hostname.optional().describe("For rewrites and health checks; default: the address"),
      health: z.enum(["healthy", "unhealthy", "draining"]).optional().describe("What is known of it otherwise"),
    })
    .transform(({ address, ...rest }): Endpoint => ({ ...address, ...rest })),
]);

const dns = z
  .strictObject({
    mode: z
      .enum(["strict", "logical"])
      .default("strict")
      .describe("strict: all addresses of the name are endpoints. logical: the first one is used for new connections"),
    refresh: duration
      .refine((ms) => ms > 1, { error: "must be longer than 1ms" })
      .optional()
      .describe("How often to look names up. Default: by the answer's time to live"),
    family: z
      .enum(["auto", "v4", "v6", "v4-first", "v6-first", "all"])
      .default("auto")
      .describe(
        "v4-first, v6-first: the other one if a name has none of these. all: both, as endpoints, or with logical and " +
          "dynamic whichever connects first. auto: all with logical and dynamic, else v4-first",
      ),
  })
  .describe("How host names among the endpoints are looked up");

const alpnProtocol = z
  .string()
  .regex(/^[\x21-\x2b\x2d-\x7e]{1,255}$/, { error: "must be the name of a protocol such as h2 or http/1.1" });

const upstreamTlsOptions = z.strictObject({
  verify: z.boolean().default(true).describe("Checks the service's certificate"),
  ca: reference
    .optional()
    .describe("The certificate object of kind ca that it must be signed by. Default: a public authority"),
  caFile: z
    .string()
    .startsWith("/")
    .optional()
    .describe("Instead of ca: a file of authorities on Envoy's machine. Default: /etc/ssl/certs/ca-certificates.crt"),
  sni: z
    .union([z.literal("host"), hostname])
    .optional()
    .describe("The name asked for; host: the request's. Default: the host name of the endpoint"),
  sans: listOf(z.string().min(1))
    .optional()
    .describe("Subject alternative names of which it must have one; * stands for any characters. Default: sni"),
  certificate: reference.optional().describe("What to show as a client"),
  versions: tlsVersions.optional().describe("Default: 1.2 to 1.3"),
  alpn: listOf(alpnProtocol).optional().describe("Default: what the protocol asks for"),
});

const upstreamTls = z
  .union([z.literal(true).transform((): z.output<typeof upstreamTlsOptions> => ({ verify: true })), upstreamTlsOptions])
  .describe("TLS to the service");

const statuses = listOf(
  z.union([
    z
      .int()
      .min(100)
      .max(599)
      .transform((status) => ({ from: status, to: status })),
    z
      .string()
      .regex(/^[1-5](\d\d(-[1-5]\d\d)?|xx)$/, { error: "must be a status such as 200, 2xx or 200-204" })
      .transform((text) => {
        if (text.endsWith("xx")) return { from: Number(text[0]) * 100, to: Number(text[0]) * 100 + 99 };
        const [from, to = from] = text.split("-").map(Number);
        return { from: from ?? 0, to: to ?? 0 };
      })
      .refine(({ from, to }) => from <= to, { error: "must begin with the lower status" }),
  ]),
).describe("Statuses such as 200, 2xx or 200-204");

const dayMs = 86_400_000;

const activeHealth = z
  .strictObject({
    by: z
      .enum(["envoy", "fleet", "control-plane"])
      .default("envoy")
      .describe(
        "envoy: each Envoy asks for itself. fleet: for each endpoint a few Envoys of fleets with healthChecks ask. " +
          "control-plane: the control plane asks. What the latter find, all Envoys are told with the endpoints",
      ),
    http: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, { error: "must be a path such as /healthz, with %20 and the like for other signs" })
      .optional()
      .describe("The path to GET"),
    tcp: z.literal(true).optional().describe("Opens a connection"),
    grpc: z
      .union([z.literal(true).transform(() => ""), z.string()])
      .optional()
      .describe("The service name of gRPC's health protocol, or true"),
    interval: duration.refine((ms) => ms >= 10 && ms <= dayMs, { error: "must be from 10ms to 24h" }).default(5000),
    timeout: duration.refine((ms) => ms >= 1 && ms <= dayMs, { error: "must be from 1ms to 24h" }).default(1000),
    healthyThreshold: count(1).default(2),
    unhealthyThreshold: count(1).default(3),
    host: hostname.optional().describe("The host header; default: the service's name"),
    statuses: statuses.optional().describe("Default: 200"),
    port: port.optional().describe("Default: the endpoint's"),
  })
  .refine(({ http, tcp, grpc }) => [http, tcp, grpc].filter((check) => check !== undefined).length === 1, {
    error: "must have one of http, tcp and grpc",
  });

const outlier = z
  .strictObject({
    consecutive5xx: count(1).optional().describe("Default: 5"),
    consecutiveGatewayErrors: count(1).optional().describe("502, 503 and 504"),
    interval: positiveDuration.optional().describe("Default: 10s"),
    ejection: positiveDuration.optional().describe("How long it is out the first time. Default: 30s"),
    maxEjected: percent.optional().describe("Default: 10%"),
    successRate: z
      .strictObject({
        minHosts: count(1).optional().describe("Only if so many have enough requests. Default: 5"),
        requests: count(1).optional().describe("How many in an interval are enough. Default: 100"),
        deviations: z.number().min(0.1).max(10).optional().describe("How many standard deviations below. Default: 1.9"),
      })
      .optional()
      .describe("Those far below the average too"),
  })
  .describe("Takes endpoints out that answer badly");

const health = z.strictObject({
  active: activeHealth.optional().describe("Asks endpoints from time to time"),
  outlier: outlier.optional(),
  panic: percent.optional().describe("Below this many healthy ones all are used. Default: 50%"),
});

const loadBalancingOptions = z.strictObject({
  policy: z.enum(["round-robin", "least-request", "random", "ring-hash", "maglev"]).default("round-robin"),
  choices: z.int().min(2).max(100).optional().describe("least-request: how many to compare. Default: 2"),
  ringSize: z
    .int()
    .min(1)
    .max(8_388_608)
    .optional()
    .describe("ring-hash: the smallest size of the ring. Default: 1024"),
  tableSize: z
    .int()
    .min(2)
    .max(5_000_011)
    .refine(isPrime, { error: "must be a prime number such as 65537" })
    .optional()
    .describe("maglev: a prime number. Default: 65537"),
  boundedLoad: z
    .number()
    .min(1)
    .max(1000)
    .optional()
    .describe("ring-hash and maglev: how much above the average one may have, such as 1.25"),
  slowStart: z
    .strictObject({
      window: duration,
      aggression: z.number().min(0.01).optional().describe("Above 1 the share grows fast at first. Default: 1"),
      minWeight: percent.optional().describe("The share to begin with. Default: 10%"),
    })
    .optional()
    .describe("Round robin and least request: new endpoints get their share bit by bit"),
  locality: z
    .union([
      z.enum(["zone-aware", "weighted"]).transform((mode) => ({ mode })),
      z.strictObject({
        mode: z.literal("weighted").describe("By weights that are said here"),
        weights: record(z.string(), z.int().min(1).max(4_294_967)).describe("By zone, or by region/zone"),
      }),
    ])
    .optional()
    .describe("zone-aware: prefers the Envoy's own zone; weighted: by the weights of zones"),
  subsets: listOf(listOf(z.string().min(1)))
    .optional()
    .describe("Combinations of labels that routes choose endpoints by"),
});

const loadBalancing = z
  .union([
    z
      .enum(["round-robin", "least-request", "random", "ring-hash", "maglev"])
      .transform((policy): Pick<LoadBalancing, "policy"> & Partial<LoadBalancing> => ({ policy })),
    loadBalancingOptions,
  ])
  .describe("How endpoints are chosen");

const limits = z
  .strictObject({
    connections: count(0).optional().describe("Default: 1024"),
    pendingRequests: count(0).optional().describe("Default: 1024"),
    requests: count(0).optional().describe("Default: 1024"),
    retries: count(0).optional().describe("At a time. Default: 3"),
    retryBudget: z
      .strictObject({ percent: percent.default(20), min: count(0).default(3) })
      .optional()
      .describe("Instead of retries: at most this part of the active requests, but always min"),
    connectionsPerEndpoint: count(1).optional().describe("Open at a time. Default: any number"),
    requestsPerConnection: count(1).optional().describe("After these a connection is closed. Default: any number"),
  })
  .describe("Circuit breakers: what is above is answered with 503");

/** As much as Linux takes. */
const keepaliveTime = duration.refine((ms) => ms > 0 && ms <= 32_767_000, { error: "must be from 1ms to 32767s" });

const connection = z
  .strictObject({
    connectTimeout: positiveDuration.default(5000),
    idle: durationOrOff.optional().describe("Default: 1h"),
    maxAge: durationOrOff.optional().describe("Default: off"),
    keepalive: z
      .strictObject({
        idle: keepaliveTime.optional(),
        interval: keepaliveTime.optional(),
        probes: z.int().min(1).max(127).optional().describe("How many may be lost"),
      })
      .optional()
      .describe("TCP keepalive"),
    http2: z
      .strictObject({
        concurrentStreams: concurrentStreams.optional().describe("Requests at a time on a connection. Default: 100"),
        windowBytes: windowBytes.optional(),
        connectionWindowBytes: windowBytes.optional(),
        ping: z
          .strictObject({ interval: positiveDuration, timeout: positiveDuration })
          .optional()
          .describe("Asks whether the other end is still there, and closes the connection if it does not answer"),
      })
      .optional()
      .describe("For protocols http2, grpc and auto"),
    bufferBytes: bytes.optional().describe("Default: 1MiB"),
    proxyProtocol: z.enum(["v1", "v2"]).optional().describe("Tells the service who the client is"),
  })
  .describe("Connections to the service");

/** What answers: where it is, and how to speak to it. */
export const service = z
  .strictObject({
    endpoints: z
      .union([listOf(endpoint), z.array(z.never()).length(0), z.literal("dynamic")])
      .optional()
      .describe("Where it is. dynamic: where the request's host says (a forward proxy)"),
    dns: dns.optional(),
    protocol: z
      .enum(["http1", "http2", "http3", "auto", "grpc", "tcp"])
      .default("http1")
      .describe("http2 without TLS is h2c; auto asks by ALPN; grpc is http2"),
    tls: upstreamTls.optional(),
    health: health.optional().describe("Which endpoints are well"),
    loadBalancing: loadBalancing.optional(),
    limits: limits.optional(),
    connection: connection.optional(),
    failover: listOf(reference)
      .optional()
      .describe("Services to use, in this order, when this one has no healthy endpoint"),
    hostHeader: headerValue.optional().describe("The host that the service is asked for, instead of the client's"),
  })
  .refine(knowsTlsName, {
    path: ["tls"],
    error: "needs sni or sans: the endpoints are addresses, so nothing says which name the certificate has to have",
  })
  .superRefine((service, context) => {
    const message = whyNotChecked(service);
    if (message !== undefined) context.addIssue({ code: "custom", path: ["health", "active", "by"], message });
    for (const { path, message } of serviceMistakes(service)) {
      context.addIssue({ code: "custom", path: [...path], message });
    }
  });

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

/** A certificate that any public authority signed proves nothing without a name. */
function knowsTlsName({
  tls,
  endpoints,
}: {
  readonly tls?: UpstreamTls | undefined;
  readonly endpoints?: "dynamic" | readonly Endpoint[] | undefined;
}): boolean {
  if (tls === undefined || !tls.verify || tls.ca !== undefined || endpoints === "dynamic") return true;
  if (tls.sni !== undefined || tls.sans !== undefined) return true;
  return (endpoints ?? []).every(({ kind, hostname }) => kind === "dns" || hostname !== undefined);
}

/** Why those who are to check a service could not; undefined if they can. */
function whyNotChecked({ health, endpoints = [], protocol, tls, connection }: Checked): string | undefined {
  const { by = "envoy", grpc } = health?.active ?? {};
  if (by === "envoy") return undefined;
  const mend = `"${by}" cannot check it; leave it to envoy`;
  if (endpoints === "dynamic" || endpoints.some(({ kind }) => kind === "dns")) {
    return `the endpoints have names, which Envoy looks up by itself: ${mend}`;
  }
  if (protocol === "http3") return `the service speaks HTTP/3: ${mend}`;
  if (connection?.proxyProtocol !== undefined) return `the service expects the PROXY protocol: ${mend}`;
  if (by === "fleet" && grpc !== undefined)
    return `Envoys check gRPC only for themselves: ${mend}, or to control-plane`;
  if (by === "control-plane" && tls?.caFile !== undefined)
    return "tls.caFile is on Envoy's machine: give it as tls.ca, or leave it to envoy";
  return undefined;
}

interface Checked {
  readonly health?: { readonly active?: Pick<ActiveHealth, "by" | "grpc"> | undefined } | undefined;
  readonly endpoints?: "dynamic" | readonly Endpoint[] | undefined;
  readonly protocol: string;
  readonly tls?: UpstreamTls | undefined;
  readonly connection?: { readonly proxyProtocol?: string | undefined } | undefined;
}

/** A service in its canonical form. */
export type Service = z.output<typeof service>;
export type UpstreamTls = z.output<typeof upstreamTlsOptions>;
export type LoadBalancing = Pick<z.output<typeof loadBalancingOptions>, "policy"> &
  Partial<z.output<typeof loadBalancingOptions>>;
export type ActiveHealth = z.output<typeof activeHealth>;
