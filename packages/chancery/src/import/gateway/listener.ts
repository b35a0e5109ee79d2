import type { Json } from "../../explain/json.ts";
import { flagIn, objectIn, objectsIn, textsIn, typeIn } from "../../explain/json.ts";
import { listener as schema } from "../../model/gateway.ts";
import { fit } from "../fit.ts";
import { sansOf } from "../service/tls.ts";
import { type Authored, oneOrMore, said } from "../values.ts";
import { tlsVersionsOf } from "../versions.ts";
import type { Chain } from "./chain.ts";

export interface ListenerOptions {
  readonly port: number;
  readonly http3: boolean;
}

/** A gateway's listener for a filter chain; undefined if the model refuses what makes it itself. */
export function toListener(listener: Json, chain: Chain, { port, http3 }: ListenerOptions): Authored | undefined {
  const hostnames = chain.serverNames.length > 0 ? oneOrMore(chain.serverNames) : undefined;
  const wanted = {
    protocol: chain.protocol,
    port,
    // The server names of TLS stand with its routes, which choose by them.
    ...said({ hostnames: chain.protocol === "HTTPS" ? hostnames : undefined, http3: http3 || undefined }),
    ...said({ tls: toTls(chain), proxyProtocol: expectsProxyProtocol(listener) }),
  };
  const content = fit(schema, wanted);
  const isWhole = content !== undefined && ["hostnames", "tls"].every((key) => key in wanted === key in content);
  return isWhole ? content : undefined;
}

function expectsProxyProtocol(listener: Json): true | undefined {
  const types = objectsIn(listener, "listener_filters").map((filter) => typeIn(objectIn(filter, "typed_config")));
  return types.some((type) => type.endsWith(".ProxyProtocol")) ? true : undefined;
}

function toTls({ tls, isPassthrough }: Chain): Authored | undefined {
  if (isPassthrough) return { mode: "passthrough" };
  if (tls === undefined) return undefined;
  const { common, context, certificates, ca } = tls;
  const alpn = textsIn(common, "alpn_protocols").filter((protocol) => protocol === "h2" || protocol === "http/1.1");
  const isRequired = flagIn(context, "require_client_certificate") === true;
  const sans = sansOf(objectIn(common, "validation_context") ?? {}, "");
  return said({
    certificates: oneOrMore(certificates),
    clientCertificates: ca && said({ ca, mode: isRequired ? undefined : "optional", sans }),
    versions: tlsVersionsOf(common),
    alpn: alpn.join() === "h2,http/1.1" ? undefined : oneOrMore(alpn),
    cipherSuites: oneOrMore(textsIn(objectIn(common, "tls_params"), "cipher_suites")),
  });
}
