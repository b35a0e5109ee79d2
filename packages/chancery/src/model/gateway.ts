import { z } from "zod";
import { record } from "./record.ts";
import {
  bytes,
  cidr,
  concurrentStreams,
  count,
  durationOrOff,
  headerValue,
  hostname,
  ipAddress,
  listOf,
  name,
  port,
  positiveDuration,
  reference,
  tlsVersions,
} from "./values.ts";

/** What a client must show. */
const clientCertificates = z.strictObject({
  ca: reference.describe("The certificate object of kind ca that theirs must be signed by"),
  mode: z
    .enum(["required", "optional"])
    .default("required")
    .describe("optional: a client without one is let in, one with a wrong one is not"),
  sans: listOf(z.string().min(1))
    .optional()
    .describe("Subject alternative names of which theirs must have one; * stands for any characters"),
});

/** What Envoy's BoringSSL has: https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/transport_sockets/tls/v3/common.proto */
const cipherSuite = z.enum([
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-SHA",
  "ECDHE-RSA-AES128-SHA",
  "ECDHE-ECDSA-AES256-SHA",
  "ECDHE-RSA-AES256-SHA",
  "AES128-GCM-SHA256",
  "AES256-GCM-SHA384",
  "AES128-SHA",
  "AES256-SHA",
]);

const tls = z.strictObject({
  mode: z
    .enum(["terminate", "passthrough"])
    .default("terminate")
    .describe("passthrough: TLS goes on to the service as it is"),
  certificates: listOf(reference)
    .optional()
    .describe("Names of certificates; the one that fits the client's SNI is shown"),
  clientCertificates: clientCertificates.optional().describe("Asks clients for certificates"),
  versions: tlsVersions.optional().describe("Default: 1.2 to 1.3"),
  alpn: listOf(z.enum(["h2", "http/1.1"]))
    .optional()
    .describe("Default: h2 and http/1.1"),
  cipherSuites: listOf(cipherSuite).optional().describe("For TLS 1.2, in BoringSSL's words"),
});

/** One door of a gateway. */
export const listener = z.strictObject({
  protocol: z
    .enum(["HTTP", "HTTPS", "TLS", "TCP", "UDP"])
    .describe("What clients speak. TLS: connections that are not HTTP, by server name"),
  port: port.describe("Listeners of a gateway share a port where server name or host tells them apart"),
  address: ipAddress.optional().describe("Default: the gateway's"),
  hostnames: listOf(hostname)
    .optional()
    .describe("HTTPS and TLS: the server names (SNI) it is for. HTTP: the hosts it serves. Default: all"),
  http3: z.boolean().default(false).describe("HTTPS: offers HTTP/3 on the UDP port of the same number too"),
  tls: tls.optional().describe("For HTTPS and TLS"),
  proxyProtocol: z
    .boolean()
    .default(false)
    .describe("Expects the PROXY protocol, version 1 or 2, before anything else"),
});

const clientLimits = z
  .strictObject({
    connections: count(1).optional().describe("Connections open at a time, on each listener"),
    concurrentStreams: concurrentStreams
      .optional()
      .describe("HTTP/2 and HTTP/3 requests at a time on a connection. Default: 100"),
    headersBytes: bytes.optional().describe("All request headers together. Default: 60KiB"),
    headersCount: z.int().min(1).max(10_000).optional().describe("Default: 100"),
    bufferBytes: bytes.optional().describe("What a connection may hold in memory. Default: 32KiB"),
  })
  .describe("What a client may take");

const clientTimeouts = z
  .strictObject({
    idle: durationOrOff.optional().describe("A connection without requests. Default: 1h"),
    requestHeaders: durationOrOff.optional().describe("From the first byte to the end of the headers. Default: 10s"),
    request: durationOrOff.optional().describe("From the first byte to the end of the body. Default: off"),
    stream: durationOrOff.optional().describe("A request on which nothing happens. Default: 5m"),
    connection: durationOrOff.optional().describe("The age at which a connection is closed. Default: off"),
    drain: durationOrOff
      .optional()
      .describe("Between the notice and the end of a connection that is closed. Default: 5s"),
    tlsHandshake: positiveDuration.optional().describe("Default: 10s"),
  })
  .describe("How long a client may take");

const http = z
  .strictObject({
    trustedHops: z
      .int()
      .min(0)
      .max(20)
      .optional()
      .describe("Proxies in front whose x-forwarded-for is believed. Default: 0"),
    trustedAddresses: listOf(cidr).optional().describe("Instead: the addresses of those proxies"),
    serverName: headerValue
      .optional()
      .describe("The server header of answers; default: the service's own is passed on"),
    normalizePath: z.boolean().default(true).describe("Resolves . and .. in paths, and escaped slashes are refused"),
    mergeSlashes: z.boolean().default(true),
    requestId: z.boolean().default(true).describe("Gives each request an x-request-id"),
    http10: z.boolean().default(false).describe("Takes HTTP/1.0 too"),
    allowUnderscores: z.boolean().default(true).describe("Takes headers with _ in their names"),
  })
  .refine(({ trustedHops, trustedAddresses }) => trustedHops === undefined || trustedAddresses === undefined, {
    path: ["trustedHops"],
    error: "and trustedAddresses exclude each other",
  })
  .describe("How HTTP is read");

/** Where clients come in. */
export const gateway = z.strictObject({
  address: ipAddress.default("0.0.0.0").describe("What listeners listen on; :: for IPv6 and IPv4"),
  listeners: record(name, listener).describe("By name"),
  limits: clientLimits.optional(),
  timeouts: clientTimeouts.optional(),
  http: http.optional(),
});

/** A gateway in its canonical form. */
export type Gateway = z.output<typeof gateway>;
export type Listener = z.output<typeof listener>;
export type DownstreamTls = z.output<typeof tls>;
