import { flagIn, type Json, objectIn, objectsIn, textIn, textsIn, typeIn } from "../../explain/json.ts";
import { type Authored, oneOrMore, said } from "../values.ts";
import { tlsVersionsOf } from "../versions.ts";
import { httpOptions } from "./protocol.ts";
import type { ServiceContext } from "./service.ts";

/** TLS to the service. */
export function tls(cluster: Json, { certificates }: ServiceContext): Authored {
  const context = contextOf(innerSocket(cluster));
  if (context === undefined) return {};
  const common = objectIn(context, "common_tls_context");
  const validation = objectIn(common, "validation_context");
  const sni = textIn(context, "sni");
  const isAutomatic = flagIn(objectIn(httpOptions(cluster), "upstream_http_protocol_options"), "auto_sni") === true;
  const [certificate] = objectsIn(common, "tls_certificates");
  return {
    tls: said({
      verify: validation === undefined ? false : undefined,
      ...(validation && authorities(validation, cluster, certificates.ofAuthorities.bind(certificates))),
      sni: sni || (isAutomatic ? "host" : undefined),
      sans: validation && sansOf(validation, sni),
      certificate: certificate && certificates.ofCertificate(certificate, `${textIn(cluster, "name")}-client`),
      versions: tlsVersionsOf(common),
      alpn: oneOrMore(textsIn(common, "alpn_protocols")),
    }),
  };
}

/** The PROXY protocol in front of what is sent to a service. */
export function proxyProtocolOf(cluster: Json): string | undefined {
  const config = objectIn(objectIn(cluster, "transport_socket"), "typed_config");
  if (!typeIn(config).endsWith(".ProxyProtocolUpstreamTransport")) return undefined;
  return textIn(objectIn(config, "config"), "version") === "V2" ? "v2" : "v1";
}

/** What speaks TLS, behind the PROXY protocol if that is there. */
function innerSocket(cluster: Json): Json | undefined {
  const socket = objectIn(cluster, "transport_socket");
  const inner = objectIn(objectIn(socket, "typed_config"), "transport_socket");
  return inner ?? socket;
}

function contextOf(socket: Json | undefined): Json | undefined {
  const config = objectIn(socket, "typed_config");
  if (typeIn(config).endsWith(".UpstreamTlsContext")) return config;
  return typeIn(config).endsWith(".QuicUpstreamTransport") ? objectIn(config, "upstream_tls_context") : undefined;
}

/** The authorities: a file on Envoy's machine by its path where names say whom it is to be, else an object. */
function authorities(
  validation: Json,
  cluster: Json,
  toObject: (validation: Json, hint: string) => string | undefined,
): Authored {
  const file = textIn(objectIn(validation, "trusted_ca"), "filename");
  const isNamed = textIn(contextOf(innerSocket(cluster)), "sni") !== "" || sansOf(validation, "") !== undefined;
  if (file.startsWith("/") && validation.crl === undefined && isNamed) {
    return { caFile: file === publicAuthorities ? undefined : file };
  }
  return { ca: toObject(validation, `${textIn(cluster, "name")}-ca`) };
}

/** What the model looks in by itself. */
const publicAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/** Subject alternative names as globs; undefined if there are none, or just the name that is asked for. */
export function sansOf(validation: Json, sni: string): unknown {
  const matchers = objectsIn(validation, "match_typed_subject_alt_names").map((each) => objectIn(each, "matcher"));
  const globs = matchers.flatMap((matcher) => {
    const [exact, prefix, suffix] = ["exact", "prefix", "suffix"].map((form) => textIn(matcher, form));
    return exact || (prefix && `${prefix}*`) || (suffix && `*${suffix}`) || [];
  });
  const all = [...new Set(globs)];
  return all.length === 1 && all[0] === sni ? undefined : oneOrMore(all);
}
