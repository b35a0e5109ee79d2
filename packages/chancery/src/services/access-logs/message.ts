import { redactHeaders } from "@chancery/xds/services";
import { z } from "zod";
import { record } from "../../model/record.ts";
import { toTimeText } from "../time-text.ts";
import { entryKinds, type LogRecord } from "./record.ts";

const texts = record(z.string(), z.string());

/** What the API says of an entry. What Envoy does not say is left out, and so are credentials. */
export const logMessage = z.object({
  id: z.int().describe("Counts up since the control plane started"),
  at: z.iso.datetime().describe("When the request or connection began"),
  kind: z.enum(entryKinds).describe("An HTTP request, a TCP connection, or a record of OpenTelemetry"),
  type: z.string().optional().describe("What it was written for, such as `DownstreamEnd`"),
  intermediate: z.literal(true).optional().describe("The request or connection goes on, or is told of elsewhere"),
  node: z.object({ id: z.string(), cluster: z.string() }).describe("The Envoy that wrote it"),
  log: z.string().optional().describe("The name of the log"),
  method: z.string().optional(),
  scheme: z.string().optional(),
  authority: z.string().optional(),
  path: z.string().optional(),
  originalPath: z.string().optional().describe("The path before it was rewritten, if it was"),
  protocol: z.string().optional(),
  status: z.int().optional(),
  details: z.string().optional().describe("Why it has that status"),
  flags: z
    .array(z.object({ flag: z.string(), meaning: z.string() }))
    .optional()
    .describe("What went wrong"),
  durationMs: z.number().optional(),
  route: z.string().optional(),
  upstream: z
    .object({
      cluster: z.string().optional(),
      host: z.string().optional(),
      attempts: z.int().optional(),
      failure: z.string().optional(),
      firstByteMs: z.number().optional().describe("From the start to the first byte of the answer"),
    })
    .optional(),
  downstream: z
    .object({
      address: z.string().optional().describe("Who sent it, if need be according to headers"),
      direct: z.string().optional().describe("Who is at the other end of the connection"),
      local: z.string().optional().describe("Where it came in"),
      failure: z.string().optional(),
      termination: z.string().optional().describe("Why the connection was ended"),
    })
    .optional(),
  bytes: z.object({ received: z.int(), sent: z.int() }).optional(),
  tls: texts.optional(),
  requestId: z.string().optional(),
  traceId: z.string().optional(),
  userAgent: z.string().optional(),
  referer: z.string().optional(),
  forwardedFor: z.string().optional(),
  headers: z.object({ request: texts, response: texts, trailers: texts }).partial().optional(),
  tags: texts.optional(),
  attributes: record(z.string(), z.unknown()).optional(),
  body: z.unknown().optional(),
  entry: z.unknown().optional().describe("All that Envoy said, as proto3 JSON; if it was asked for"),
});

export type LogMessage = z.infer<typeof logMessage>;

/** An entry as plain data; `whole` adds all that Envoy said. */
export function toLogMessage({ id, receivedMs, source, entry }: LogRecord, whole = false): LogMessage {
  const { type, bytesReceived, bytesSent, durationMs, originalPath, flags, tls } = entry;
  const raw = whole ? entry.toJson?.() : undefined;
  return {
    id,
    at: toTimeText(entry.startTimeMs ?? receivedMs),
    kind: entry.kind,
    ...(type !== "NotSet" && said({ type })),
    ...(!entry.isFinal && { intermediate: true as const }),
    node: { id: source.node, cluster: source.cluster },
    ...said({ log: source.log, method: entry.method, scheme: entry.scheme, authority: entry.authority }),
    ...said({ path: entry.path, ...(originalPath !== entry.path && { originalPath }), protocol: entry.protocol }),
    ...said({ status: entry.status, details: entry.statusDetails }),
    ...(flags.length > 0 && { flags: flags.map(({ flag, meaning }) => ({ flag, meaning })) }),
    ...(durationMs !== undefined && { durationMs }),
    ...said({ route: entry.routeName }),
    ...group("upstream", {
      ...{ cluster: entry.upstreamCluster, host: entry.upstreamHost, attempts: entry.upstreamAttempts },
      ...{ failure: entry.upstreamFailure, firstByteMs: entry.firstUpstreamByteMs },
    }),
    ...group("downstream", {
      ...{ address: entry.downstreamAddress, local: entry.downstreamLocalAddress },
      ...(entry.downstreamDirectAddress !== entry.downstreamAddress && { direct: entry.downstreamDirectAddress }),
      ...{ failure: entry.downstreamFailure, termination: entry.terminationDetails },
    }),
    ...(bytesReceived + bytesSent > 0 && { bytes: { received: bytesReceived, sent: bytesSent } }),
    ...(tls && group("tls", { ...tls })),
    ...said({ requestId: entry.requestId, traceId: entry.traceId, userAgent: entry.userAgent }),
    ...said({ referer: entry.referer, forwardedFor: entry.forwardedFor }),
    ...group("headers", {
      ...group("request", redactHeaders(entry.requestHeaders)),
      ...group("response", redactHeaders(entry.responseHeaders)),
      ...group("trailers", redactHeaders(entry.responseTrailers)),
    }),
    ...group("tags", redactHeaders(entry.customTags)),
    ...group("attributes", entry.attributes ?? {}),
    ...(entry.body != null && { body: entry.body }),
    ...(raw !== undefined && { entry: raw }),
  };
}

type Said<T> = string extends keyof T ? T : { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** The members that say something. */
function said<T extends Readonly<Record<string, unknown>>>(members: T): Said<T> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined && value !== "" && value !== 0);
  return Object.fromEntries(entries) as Said<T>; // members were only left out
}

function group<Name extends string, T extends Readonly<Record<string, unknown>>>(
  name: Name,
  members: T,
): { [Key in Name]?: Said<T> } {
  const some = said(members);
  const empty = Object.keys(some).length === 0;
  return (empty ? {} : { [name]: some }) as { [Key in Name]?: Said<T> }; // a computed name widens to string
}
