import type { TransportSocketJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/base_pb.js";
import type {
  CommonTlsContextJson,
  DownstreamTlsContextJson,
} from "@chancery/envoy-api/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import type { DownstreamTls } from "../../model/gateway.ts";
import { typed } from "../json.ts";
import { secretNames, tlsVersions, toSanMatchers, toSecretConfig } from "../tls.ts";

/**
 * TLS that ends here. Certificates come by name, so that a rotation touches no listener. Undefined when there is no
 * certificate to show, or none of those to check clients against: nobody is let in then.
 */
export function toTlsContext(
  tls: DownstreamTls,
  known: ReadonlySet<string>,
  alpn: readonly string[] = [],
): DownstreamTlsContextJson | undefined {
  const { clientCertificates } = tls;
  const certificates = (tls.certificates ?? []).filter((name) => known.has(name));
  if (certificates.length === 0) return undefined;
  if (clientCertificates !== undefined && !known.has(clientCertificates.ca)) return undefined;
  const { min = "1.2", max = "1.3" } = tls.versions ?? {};
  return {
    commonTlsContext: {
      tlsParams: {
        tlsMinimumProtocolVersion: tlsVersions[min],
        tlsMaximumProtocolVersion: tlsVersions[max],
        ...(tls.cipherSuites && { cipherSuites: tls.cipherSuites }),
      },
      tlsCertificateSdsSecretConfigs: certificates.map((name) => toSecretConfig(secretNames.certificate(name))),
      ...(clientCertificates && toValidation(clientCertificates)),
      ...(alpn.length > 0 && { alpnProtocols: [...alpn] }),
    },
    // Also where it is optional: what Envoy does when nothing is said of it is going to change.
    ...(clientCertificates && { requireClientCertificate: clientCertificates.mode === "required" }),
  };
}

function toValidation({ ca, sans }: NonNullable<DownstreamTls["clientCertificates"]>): CommonTlsContextJson {
  const secret = toSecretConfig(secretNames.ca(ca));
  if (sans === undefined) return { validationContextSdsSecretConfig: secret };
  return {
    combinedValidationContext: {
      defaultValidationContext: { matchTypedSubjectAltNames: toSanMatchers(sans) },
      validationContextSdsSecretConfig: secret,
    },
  };
}

export function toTlsSocket(context: DownstreamTlsContextJson): TransportSocketJson {
  const type = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
  return { name: "envoy.transport_sockets.tls", typedConfig: typed(type, context) };
}

export function toQuicSocket(downstreamTlsContext: DownstreamTlsContextJson): TransportSocketJson {
  const type = "envoy.extensions.transport_sockets.quic.v3.QuicDownstreamTransport";
  return { name: "envoy.transport_sockets.quic", typedConfig: typed(type, { downstreamTlsContext }) };
}
