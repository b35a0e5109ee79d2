import { formatRange, isInRange, isLoopbackAddress, toRange } from "./address.ts";
import type { Candidate } from "./explanation.ts";
import { type Json, numberIn, objectIn, objectsIn, textIn, textsIn } from "./json.ts";
import type { Request } from "./request.ts";

export interface FilterChainChoice {
  readonly filterChains: readonly Candidate[];
  readonly chain: Json | undefined;
}

/**
 * Chooses the filter chain of a connection. Envoy takes one criterion after the other and keeps those chains that are
 * most specific in it; it never goes back, even if none of them is left in the end.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/listener/v3/listener_components.proto#config-listener-v3-filterchainmatch
 */
export function chooseFilterChain(listener: Json, request: Request): FilterChainChoice {
  const chains = objectsIn(listener, "filter_chains");
  let left = chains.map((chain, i) => ({
    chain,
    name: nameOf(chain, i),
    match: objectIn(chain, "filter_chain_match"),
  }));
  const out = new Map<Json, string>();
  for (const stage of stages) {
    const keys = left.flatMap(({ match }) => keysOf(stage, match));
    const best = stage.rank(request, keys).find((key) => keys.includes(key));
    for (const { chain, match } of left) {
      const own = keysOf(stage, match);
      if (best !== undefined && own.includes(best)) continue;
      out.set(chain, whyNot(stage, { own, best, request }));
    }
    left = left.filter(({ chain }) => !out.has(chain));
  }
  const fallback = objectIn(listener, "default_filter_chain");
  const chosen = left[0]?.chain ?? fallback;
  const filterChains = chains.map((chain, i): Candidate => {
    const isChosen = chain === chosen;
    const why = isChosen ? whyYes(objectIn(chain, "filter_chain_match")) : (out.get(chain) ?? "is the same as another");
    return { name: nameOf(chain, i), chosen: isChosen, why };
  });
  if (fallback === undefined) return { filterChains, chain: chosen };
  const isChosen = chosen === fallback;
  const why = isChosen ? "is the default, and no other matches" : "is the default, and another matches";
  return {
    filterChains: [...filterChains, { name: textIn(fallback, "name") || "default", chosen: isChosen, why }],
    chain: chosen,
  };
}

interface Stage {
  readonly what: string;
  /** What a chain asks for; nothing if it takes everything, which is the key "". */
  keys(match: Json): readonly string[];
  /** The keys that the connection meets, the most specific first; `present` are those of the chains. */
  rank(request: Request, present: readonly string[]): readonly string[];
  /** What the connection has. */
  show(request: Request): string | undefined;
}

function keysOf(stage: Stage, match: Json | undefined): readonly string[] {
  const keys = match === undefined ? [] : stage.keys(match);
  return keys.length === 0 ? [""] : keys;
}

const stages: readonly Stage[] = [
  {
    what: "destination port",
    keys: (match) => [String(numberIn(match, "destination_port") ?? "")],
    rank: ({ port }) => [String(port), ""],
    show: ({ port }) => String(port),
  },
  {
    what: "destination address",
    keys: (match) => rangesIn(match, "prefix_ranges"),
    rank: ({ destinationIp }, present) => rankRanges(destinationIp, present),
    show: ({ destinationIp }) => destinationIp,
  },
  {
    what: "server name",
    keys: (match) => textsIn(match, "server_names").map((name) => name.toLowerCase()),
    rank: ({ sni }) => rankServerNames(sni),
    show: ({ sni }) => (sni === "" ? "none" : `"${sni}"`),
  },
  {
    what: "transport protocol",
    keys: (match) => [textIn(match, "transport_protocol")],
    rank: (request) => [transportProtocol(request), ""],
    show: (request) => `"${transportProtocol(request)}"`,
  },
  {
    what: "application protocol",
    keys: (match) => textsIn(match, "application_protocols"),
    rank: ({ alpn }) => [...alpn, ""],
    show: ({ alpn }) => alpn.map((protocol) => `"${protocol}"`).join(", ") || "none",
  },
  {
    what: "direct source address",
    keys: (match) => rangesIn(match, "direct_source_prefix_ranges"),
    rank: ({ sourceIp }, present) => rankRanges(sourceIp, present),
    show: ({ sourceIp }) => sourceIp,
  },
  {
    what: "source type",
    keys: (match) => [textIn(match, "source_type")],
    rank: (request) => [isLocal(request) ? "SAME_IP_OR_LOOPBACK" : "EXTERNAL", ""],
    show: (request) => (isLocal(request) ? "same address or loopback" : "external"),
  },
  {
    what: "source address",
    keys: (match) => rangesIn(match, "source_prefix_ranges"),
    rank: ({ sourceIp }, present) => rankRanges(sourceIp, present),
    show: ({ sourceIp }) => sourceIp,
  },
  {
    what: "source port",
    keys: (match) => portsIn(match),
    rank: ({ sourcePort }) => [String(sourcePort ?? "none"), ""],
    show: ({ sourcePort }) => (sourcePort === undefined ? undefined : String(sourcePort)),
  },
];

function portsIn(match: Json): readonly string[] {
  const ports = match.source_ports;
  return Array.isArray(ports) ? ports.map(String) : [];
}

function rangesIn(match: Json, key: string): readonly string[] {
  return objectsIn(match, key).map((range) => formatRange(toRange(range)));
}

function rankRanges(ip: string | undefined, present: readonly string[]): readonly string[] {
  const ranges = present.flatMap((key) => {
    const slash = key.lastIndexOf("/");
    return slash < 0 ? [] : [{ key, address: key.slice(0, slash), length: Number(key.slice(slash + 1)) }];
  });
  const matching = ip === undefined ? [] : ranges.filter((range) => isInRange(range, ip));
  return [...matching.sort((a, b) => b.length - a.length).map(({ key }) => key), ""];
}

/** `www.example.com`, then `*.example.com`, then `*.com`, then what asks for no name. */
function rankServerNames(sni: string): readonly string[] {
  const labels = sni === "" ? [] : sni.split(".");
  return [...(sni === "" ? [] : [sni]), ...labels.slice(1).map((_, i) => `*.${labels.slice(i + 1).join(".")}`), ""];
}

function transportProtocol({ protocol, tls }: Request): string {
  if (protocol === "h3") return "quic";
  return tls ? "tls" : "raw_buffer";
}

function isLocal({ sourceIp, destinationIp }: Request): boolean {
  return sourceIp !== undefined && (sourceIp === destinationIp || isLoopbackAddress(sourceIp));
}

interface WhyNot {
  readonly own: readonly string[];
  readonly best: string | undefined;
  readonly request: Request;
}

function whyNot({ what, rank, show }: Stage, { own, best, request }: WhyNot): string {
  const asked = own.filter((key) => key !== "").map((key) => key);
  if (rank(request, own).some((key) => own.includes(key)))
    return `another one is more specific about the ${what}: ${best}`;
  const has = show(request);
  if (has === undefined) return `asks for ${what} ${asked.join(" or ")}, and the request says none`;
  return `asks for ${what} ${asked.join(" or ")}, and it is ${has}`;
}

function whyYes(match: Json | undefined): string {
  const met = stages.flatMap((stage) => {
    const keys = keysOf(stage, match).filter((key) => key !== "");
    return keys.length === 0 ? [] : `${stage.what} ${keys.join(" or ")}`;
  });
  return met.length === 0 ? "takes every connection" : `matches ${met.join(", ")}`;
}

function nameOf(chain: Json, index: number): string {
  return textIn(chain, "name") || `filter_chains[${index}]`;
}
