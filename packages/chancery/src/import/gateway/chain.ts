import { type Json, objectIn, objectsIn, textIn, textsIn, typeIn } from "../../explain/json.ts";
import { hostname } from "../../model/values.ts";
import type { Certificates } from "../certificates.ts";
import { toDestinations } from "../route/action.ts";
import type { RouteNames } from "../route/rule.ts";

/** What a filter chain is for, in the model's words. */
export interface Chain {
  readonly json: Json;
  readonly protocol: "HTTP" | "HTTPS" | "TCP" | "TLS";
  /** TLS that goes on to the service as it is. */
  readonly isPassthrough: boolean;
  /** The filter that ends the chain, and its configuration. */
  readonly filter: Json;
  readonly config: Json;
  readonly serverNames: readonly string[];
  /** Its TLS, if TLS ends here: as it is written, and what the model calls its certificates. */
  readonly tls?: ChainTls;
}

/** What becomes of a filter chain. */
export interface ChainPlan extends Chain {
  /** `<gateway>/<listener>`. */
  readonly door: string;
  /** Its listener's name within the gateway. */
  readonly listener: string;
}

export interface ChainTls {
  readonly common: Json;
  readonly context: Json;
  readonly certificates: readonly string[];
  readonly ca?: string | undefined;
}

export interface ChainOptions {
  readonly certificates: Certificates;
  readonly services: RouteNames;
}

/** The chains of a listener, if the model has something for each of them, and can tell them apart. */
export function toChains(listener: Json, { certificates, services }: ChainOptions): readonly Chain[] | undefined {
  const all = objectsIn(listener, "filter_chains").map((chain) => toChain(chain, certificates));
  const chains = all.filter((chain) => chain !== undefined);
  if (chains.length === 0 || chains.length < all.length) return undefined;
  const takes = chains.flatMap(({ protocol, serverNames }) => {
    if (protocol === "HTTP" || protocol === "TCP") return ["plain"];
    return serverNames.length === 0 ? ["*"] : serverNames;
  });
  const isKnown = chains.every(({ protocol, config, serverNames }) => {
    const goesSomewhere = /^HTTP/.test(protocol) || toDestinations(config, services) !== undefined;
    return goesSomewhere && serverNames.every((name) => hostname.safeParse(name).success);
  });
  return isKnown && new Set(takes).size === takes.length ? chains : undefined;
}

/** Understands a chain; undefined if the model has nothing for what it does. */
function toChain(json: Json, certificates: Certificates): Chain | undefined {
  const filter = objectsIn(json, "filters").at(-1);
  const config = objectIn(filter, "typed_config");
  const isHttp = typeIn(config).endsWith(".HttpConnectionManager");
  if (filter === undefined || config === undefined || !(isHttp || typeIn(config).endsWith(".TcpProxy")))
    return undefined;
  const serverNames = textsIn(objectIn(json, "filter_chain_match"), "server_names");
  const base = { json, filter, config, serverNames, isPassthrough: false };
  if (json.transport_socket === undefined) {
    if (isHttp) return serverNames.length === 0 ? { ...base, protocol: "HTTP" } : undefined;
    const isTls =
      serverNames.length > 0 || textIn(objectIn(json, "filter_chain_match"), "transport_protocol") === "tls";
    return isTls ? { ...base, protocol: "TLS", isPassthrough: true } : { ...base, protocol: "TCP" };
  }
  const tls = toTls(objectIn(json, "transport_socket"), certificates);
  return tls && { ...base, protocol: isHttp ? "HTTPS" : "TLS", tls };
}

/** TLS of TCP or QUIC; undefined if the model cannot say which certificates are shown or trusted. */
function toTls(socket: Json | undefined, registry: Certificates): ChainTls | undefined {
  const config = objectIn(socket, "typed_config");
  const context = typeIn(config).endsWith(".QuicDownstreamTransport")
    ? objectIn(config, "downstream_tls_context")
    : config;
  const common = objectIn(context, "common_tls_context");
  if (context === undefined || common === undefined) return undefined;
  const own = objectsIn(common, "tls_certificates");
  const certificates = own.flatMap((certificate) => registry.ofCertificate(certificate) ?? []);
  if (certificates.length === 0 || certificates.length < own.length) return undefined;
  const validation = objectIn(common, "validation_context");
  const ca = validation && registry.ofAuthorities(validation, "clients");
  // Without its authorities the model would let everybody in.
  if (ca === undefined && common.validation_context !== undefined) return undefined;
  return { common, context, certificates, ca };
}
