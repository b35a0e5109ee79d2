import { isIP } from "node:net";
import { z } from "zod";
import { ownValue } from "../own-value.ts";

const protocols = ["http1", "h2", "h3", "tcp", "tls", "udp"] as const;

const port = z.int().min(1).max(65_535);
const clientCertificate = z.enum(["none", "presented", "validated"]);
const ip = z.string().refine((text) => isIP(text) !== 0, "must be an IP address");

/** A request as people describe it; what is left out follows from the URL. */
export const requestInput = z.strictObject({
  url: z
    .string()
    .describe(
      "`http://`, `https://`, `tcp://`, `tls://` or `udp://`, host, port and path; nothing in it is normalized",
    ),
  method: z
    .string()
    .regex(/^[A-Z-]+$/, "must be a method in capitals, such as GET")
    .optional()
    .describe("`GET` by default"),
  headers: z
    .array(z.tuple([z.string(), z.string()]))
    .optional()
    .describe("Names and values; a `host` takes the place of the URL's"),
  protocol: z.enum(protocols).optional().describe("`http1` by default, `h2` for https"),
  port: port.optional().describe("The port that Envoy listens on, if it is not the URL's"),
  destinationIp: ip.optional().describe("The address that Envoy is reached at; the URL's host, if that is one"),
  sourceIp: ip.optional().describe("The client's address"),
  sourcePort: port.optional().describe("The client's port"),
  sni: z
    .string()
    .optional()
    .describe("The server name in the TLS handshake; by default the host, unless it is an address"),
  alpn: z.array(z.string()).optional().describe("What the TLS handshake offers; by default what the protocol says"),
  clientCertificate: clientCertificate.optional().describe("`none` by default; `validated` if Envoy's CA signed it"),
});

export type RequestInput = z.infer<typeof requestInput>;

/** What arrives at Envoy: one request, or one connection. */
export const explainedRequest = z.object({
  url: z.string().describe("As given"),
  protocol: z.enum(protocols),
  tls: z.boolean(),
  method: z.string(),
  authority: z.string().describe("The `host` header, or `:authority`"),
  path: z.string().describe("With the query; empty for a CONNECT in HTTP/1, and where there is no HTTP"),
  headers: z
    .array(z.tuple([z.string(), z.string()]))
    .readonly()
    .describe("In the order given, names in lower case, without `host`"),
  port: z.number(),
  destinationIp: z.string().optional(),
  sourceIp: z.string().optional(),
  sourcePort: z.number().optional(),
  sni: z.string().describe("Empty without one"),
  alpn: z.array(z.string()).readonly(),
  clientCertificate,
});

export type Request = z.infer<typeof explainedRequest>;

export type ReadRequest =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly path: string; readonly message: string };

interface Scheme {
  readonly port?: number;
  readonly tls: boolean;
  readonly protocols: readonly Request["protocol"][];
}

const schemes: Readonly<Record<string, Scheme>> = {
  http: { port: 80, tls: false, protocols: ["http1", "h2"] },
  https: { port: 443, tls: true, protocols: ["h2", "http1", "h3"] },
  tcp: { tls: false, protocols: ["tcp"] },
  tls: { tls: true, protocols: ["tls"] },
  udp: { tls: false, protocols: ["udp"] },
};

/** Fills in what follows from the URL. The path stays as it is, since what Envoy makes of it is the question. */
export function readRequest(input: RequestInput): ReadRequest {
  const { url, method = "GET", clientCertificate = "none", headers = [] } = input;
  const parts = /^(?:([a-z]+):\/\/)?(\[[\da-fA-F:.]+\]|[^/?#@:\s[\]]+)(?::(\d+))?([/?][^#\s]*)?(?:#.*)?$/.exec(url);
  if (parts === null) return wrong("url", `"${url}" is no URL; write one such as https://shop.example.com/api?x=1`);
  const [, schemeName = "http", host = "", portText, target = ""] = parts;
  const scheme = ownValue(schemes, schemeName);
  if (scheme === undefined) {
    return wrong("url", `"${schemeName}" is no scheme of this; write ${Object.keys(schemes).join(", ")}`);
  }
  const { protocol = scheme.protocols[0] ?? "tcp" } = input;
  if (!scheme.protocols.includes(protocol)) {
    return wrong("protocol", `${schemeName}:// goes with ${scheme.protocols.join(", ")}, not with ${protocol}`);
  }
  const urlPort = portText === undefined ? scheme.port : Number(portText);
  const port = input.port ?? urlPort;
  if (port === undefined || port < 1 || port > 65_535) return wrong("url", `"${url}" needs a port from 1 to 65535`);
  const isHttp = ["http1", "h2", "h3"].includes(protocol);
  const bare = host.replace(/^\[|\]$/g, "");
  const named = headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const given = named.find(([name]) => name === "host" || name === ":authority")?.[1];
  const authority = portText === undefined ? host : `${host}:${portText}`;
  const request: Request = {
    url,
    protocol,
    tls: scheme.tls,
    method: isHttp ? method : "",
    authority: isHttp ? (given ?? authority) : "",
    path: isHttp ? toPath(target, method, protocol) : "",
    headers: named.filter(([name]) => name !== "host" && name !== ":authority"),
    port,
    ...((input.destinationIp !== undefined || isIP(bare) !== 0) && { destinationIp: input.destinationIp ?? bare }),
    ...(input.sourceIp !== undefined && { sourceIp: input.sourceIp }),
    ...(input.sourcePort !== undefined && { sourcePort: input.sourcePort }),
    sni: scheme.tls ? (input.sni ?? (isIP(bare) === 0 ? bare : "")).toLowerCase() : "",
    alpn: scheme.tls ? (input.alpn ?? offers[protocol] ?? []) : [],
    clientCertificate,
  };
  return { ok: true, request };
}

const offers: Readonly<Partial<Record<Request["protocol"], readonly string[]>>> = {
  http1: ["http/1.1"],
  h2: ["h2", "http/1.1"],
  h3: ["h3"],
};

function toPath(target: string, method: string, protocol: Request["protocol"]): string {
  if (method === "CONNECT" && protocol === "http1" && target === "") return "";
  return target.startsWith("/") ? target : `/${target}`;
}

function wrong(path: string, message: string): ReadRequest {
  return { ok: false, path, message };
}
