import type { Outcome } from "./explanation.ts";
import { flagIn, type Json, objectIn, objectsIn, shortTypeIn, textIn, typeIn } from "./json.ts";
import type { Request } from "./request.ts";
import type { Resources } from "./resources.ts";

export interface TlsStep {
  readonly outcome?: Outcome;
  readonly notes: readonly string[];
}

/** Whether the handshake that the chain of a listener wants is the one that the client makes. */
export function explainTls(chain: Json, request: Request, resources: Resources): TlsStep {
  const context = tlsContextOf(chain);
  const filters = objectsIn(chain, "filters").map((filter) => typeIn(objectIn(filter, "typed_config")));
  const speaksHttp = filters.some((type) => type.endsWith(".HttpConnectionManager"));
  if (context === undefined) {
    const why = "the filter chain has no TLS, and takes the client's handshake for a request that is not HTTP";
    if (request.tls && speaksHttp) return { outcome: { kind: "refuse", code: "no_tls", why }, notes: [] };
    return { notes: [] };
  }
  if (!request.tls) {
    const why = "the filter chain wants TLS, and the client does not begin a handshake";
    return { outcome: { kind: "refuse", code: "tls_expected", why }, notes: [] };
  }
  const common = objectIn(context, "common_tls_context");
  const notes = secretsOf(common).flatMap((name) => {
    return resources.get("secrets", name) === undefined
      ? [`the secret "${name}" is not among the resources; the listener waits for it`]
      : [];
  });
  if ((flagIn(context, "require_client_certificate") ?? false) && request.clientCertificate === "none") {
    const why = "the filter chain demands a client certificate";
    return { outcome: { kind: "refuse", code: "client_certificate_required", why }, notes };
  }
  return { notes };
}

function tlsContextOf(chain: Json): Json | undefined {
  const config = objectIn(objectIn(chain, "transport_socket"), "typed_config");
  const type = shortTypeIn(config);
  if (type === "DownstreamTlsContext") return config;
  return type === "QuicDownstreamTransport" ? objectIn(config, "downstream_tls_context") : undefined;
}

function secretsOf(common: Json | undefined): readonly string[] {
  const validation = objectIn(common, "combined_validation_context");
  const configs = [
    ...objectsIn(common, "tls_certificate_sds_secret_configs"),
    objectIn(common, "validation_context_sds_secret_config"),
    objectIn(validation, "validation_context_sds_secret_config"),
  ];
  return configs.filter((config) => objectIn(config, "sds_config")).map((config) => textIn(config, "name"));
}
