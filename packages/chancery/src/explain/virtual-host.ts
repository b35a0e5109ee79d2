import type { Candidate } from "./explanation.ts";
import type { RequestHeaders } from "./headers.ts";
import { flagIn, type Json, objectIn, objectsIn, textIn, textsIn } from "./json.ts";
import type { Resources } from "./resources.ts";
import { foldCase } from "./values.ts";

export interface VirtualHostChoice {
  /** Those with a domain that matches, the one chosen first. */
  readonly candidates: readonly Candidate[];
  readonly virtualHost: Json | undefined;
  /** The host as it was compared. */
  readonly host: string;
  /** All domains there are. */
  readonly domains: readonly string[];
}

/**
 * Chooses the virtual host: an exact domain, then the longest `*.example.com`, then the longest `example.*`, then `*`.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/route/v3/route_components.proto#config-route-v3-virtualhost
 */
export function chooseVirtualHost(
  routeConfiguration: Json,
  headers: RequestHeaders,
  resources: Resources,
): VirtualHostChoice {
  const hosts = [...objectsIn(routeConfiguration, "virtual_hosts"), ...onDemand(routeConfiguration, resources)];
  const host = hostOf(routeConfiguration, headers);
  const domains = hosts.flatMap((virtualHost) => textsIn(virtualHost, "domains"));
  // Without a host there is only what takes every host, and only if nothing else is asked for.
  const nameless = host === undefined && domains.some((domain) => domain !== "*");
  const matches = (nameless ? [] : hosts).flatMap((virtualHost) =>
    textsIn(virtualHost, "domains").flatMap((domain) => {
      const rank = rankDomain(foldCase(domain), host ?? "");
      return rank === 0 ? [] : [{ virtualHost, domain, rank }];
    }),
  );
  matches.sort((a, b) => b.rank - a.rank);
  const candidates = matches.map(({ virtualHost, domain }, i): Candidate => {
    const name = textIn(virtualHost, "name");
    const why = `domain "${domain}" matches "${host ?? ""}"`;
    return { name, chosen: i === 0, why: i === 0 ? why : `${why}, but "${matches[0]?.domain}" is more specific` };
  });
  return { candidates, virtualHost: matches[0]?.virtualHost, host: host ?? "", domains };
}

function hostOf(routeConfiguration: Json, headers: RequestHeaders): string | undefined {
  const header = textIn(routeConfiguration, "vhost_header") || ":authority";
  const value = headers.values(header)[0];
  if (value === undefined) return undefined;
  const host = foldCase(value);
  return (flagIn(routeConfiguration, "ignore_port_in_host_matching") ?? false) ? withoutPort(host) : host;
}

/** Greater is more specific; 0 if it does not match. A wildcard stands for at least one character. */
function rankDomain(domain: string, host: string): number {
  if (domain === "*") return 1;
  if (domain === host) return 3e6;
  const length = domain.length - 1;
  if (length >= host.length) return 0;
  if (domain.startsWith("*") && host.endsWith(domain.slice(1))) return 2e6 + length;
  return domain.endsWith("*") && host.startsWith(domain.slice(0, -1)) ? 1e6 + length : 0;
}

/** Without the port behind the last colon, unless that is part of an IPv6 address. */
export function withoutPort(host: string): string {
  return host.replace(/:\d+$/, (port, at: number) =>
    host.slice(0, at).includes(":") && !host.includes("]") ? port : "",
  );
}

/** The virtual hosts that VHDS brings are named after the route configuration. */
function onDemand(routeConfiguration: Json, resources: Resources): readonly Json[] {
  if (objectIn(routeConfiguration, "vhds") === undefined) return [];
  return resources.all("virtualHosts", `${textIn(routeConfiguration, "name")}/`);
}
