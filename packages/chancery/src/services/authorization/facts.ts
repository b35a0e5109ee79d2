import type { AuthorizationRequest } from "@chancery/xds/services";
import { isLoopback } from "../../address.ts";
import { toIp } from "./addresses.ts";
import { readHost } from "./host.ts";
import { readPath } from "./path.ts";

/** What is decided on, each thing in one form only. */
export interface Facts {
  /** Undefined for a connection. */
  readonly http: HttpFacts | undefined;
  /** The client's address; "" if it has none. */
  readonly ip: string;
  /** What its certificate says who it is; "" without one. */
  readonly principal: string;
  readonly sni: string;
  readonly contextExtensions: ReadonlyMap<string, string>;
}

export interface HttpFacts {
  readonly id: string;
  readonly method: string;
  readonly scheme: string;
  /** With percent-encoding undone. */
  readonly path: string;
  /** As it was sent, without the question mark. */
  readonly query: string;
  /** In lower case, without port and final dot. */
  readonly host: string;
  /** Each value that came, by name in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** In bytes; -1 if it is not known. */
  readonly size: number;
}

export type ReadFacts = { readonly ok: true; readonly facts: Facts } | { readonly ok: false; readonly reason: string };

export interface ReadFactsOptions {
  /** Proxies before Envoy whose word on the address of their client counts. Default: 0. */
  readonly trustedHops?: number;
}

/** Reads a request; one that may mean several things is none. */
export function readFacts(request: AuthorizationRequest, { trustedHops = 0 }: ReadFactsOptions = {}): ReadFacts {
  const { http, source, sni, contextExtensions } = request;
  const peer = toIp(source.address);
  const known = { principal: source.principal, sni, contextExtensions };
  if (http === undefined) return { ok: true, facts: { ...known, ip: peer, http: undefined } };
  const headers = groupHeaders(http.headers);
  const ip = trustedHops === 0 ? peer : findClient(headers.get("x-forwarded-for") ?? [], { peer, trustedHops });
  if (ip === undefined) return { ok: false, reason: "x-forwarded-for does not have the address of the client" };
  // Unlike the path itself, its header has the bytes as they came, if the filter sends headers raw.
  const [path = http.path, ...others] = headers.get(":path") ?? [];
  if (others.length > 0) return { ok: false, reason: "several paths" };
  const read = readPath(path);
  if (!read.ok) return read;
  const host = readHost(http.host);
  if (host === undefined) return { ok: false, reason: "the host is no name or address" };
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(http.method)) return { ok: false, reason: "the method is none" };
  const { id, method, scheme, size } = http;
  return {
    ok: true,
    facts: { ...known, ip, http: { id, method, scheme, size, host, headers, path: read.path, query: read.query } },
  };
}

function groupHeaders(headers: NonNullable<AuthorizationRequest["http"]>["headers"]): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const { name, value } of headers) {
    const values = byName.get(name);
    if (values === undefined) byName.set(name, [value]);
    else values.push(value);
  }
  return byName;
}

/**
 * The address that so many proxies before Envoy have passed on. Envoy itself says who connected to it and not who that
 * says it speaks for, but adds the former to the header, if `use_remote_address` is set: else all of it may be made up.
 */
function findClient(
  values: readonly string[],
  { peer, trustedHops }: { readonly peer: string; readonly trustedHops: number },
): string | undefined {
  const addresses = values.flatMap((value) => value.split(",")).map((text) => toIp(toSocketName(text.trim())));
  // In the place of a loopback address Envoy adds one of the machine that it runs on.
  if (peer === "" || (!isLoopback(peer) && addresses.at(-1) !== peer)) return undefined;
  return addresses.at(-1 - trustedHops) || undefined;
}

function toSocketName(text: string): string {
  return text.split(":").length > 2 && !text.startsWith("[") ? `[${text}]` : text;
}
