import type { ClusterJson } from "@chancery/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js";
import type { TransportSocketJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/base_pb.js";
import type { CertificateValidationContextJson } from "@chancery/envoy-api/gen/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import type {
  CommonTlsContext_CombinedCertificateValidationContextJson,
  UpstreamTlsContextJson,
} from "@chancery/envoy-api/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import type { Service, UpstreamTls } from "../../model/service.ts";
import { present, typed } from "../json.ts";
import { secretNames, tlsVersions, toSanMatchers, toSecretConfig } from "../tls.ts";
import { endpointsOf } from "./load-assignment.ts";

/** TLS to the service, and the PROXY protocol in front of it. */
export function transportSocket(service: Service): Partial<ClusterJson> {
  const inner = service.tls && toTls(service.tls, service);
  const version = service.connection?.proxyProtocol;
  if (version === undefined) return inner === undefined ? {} : { transportSocket: inner };
  return {
    transportSocket: {
      name: "envoy.transport_sockets.upstream_proxy_protocol",
      typedConfig: typed("envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport", {
        config: { version: version === "v1" ? "V1" : "V2" },
        transportSocket: inner ?? plainText,
      }),
    },
  };
}

const plainText: TransportSocketJson = {
  name: "envoy.transport_sockets.raw_buffer",
  typedConfig: typed("envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer", {}),
};

function toTls(tls: UpstreamTls, service: Service): TransportSocketJson {
  const context = toContext(tls, service);
  if (service.protocol !== "http3") {
    return {
      name: "envoy.transport_sockets.tls",
      typedConfig: typed("envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext", context),
    };
  }
  return {
    name: "envoy.transport_sockets.quic",
    typedConfig: typed("envoy.extensions.transport_sockets.quic.v3.QuicUpstreamTransport", {
      upstreamTlsContext: context,
    }),
  };
}

const alpnOf: Readonly<Record<Service["protocol"], readonly string[] | undefined>> = {
  http1: ["http/1.1"],
  http2: ["h2"],
  grpc: ["h2"],
  http3: undefined,
  // HTTP decides it from the versions that the cluster has.
  auto: undefined,
  tcp: undefined,
};

function toContext(tls: UpstreamTls, service: Service): UpstreamTlsContextJson {
  const { certificate, versions, alpn = alpnOf[service.protocol] } = tls;
  const hosts = hostsOf(service);
  const sni = tls.sni ?? (hosts.length === 1 ? hosts[0] : undefined);
  return present({
    sni: sni === "host" ? undefined : sni,
    // Of several hosts, the name of the one that is connected to.
    autoHostSni: sni === undefined && hosts.length > 1 ? true : undefined,
    commonTlsContext: present({
      tlsParams: versions && {
        tlsMinimumProtocolVersion: tlsVersions[versions.min],
        tlsMaximumProtocolVersion: tlsVersions[versions.max],
      },
      alpnProtocols: alpn && [...alpn],
      tlsCertificateSdsSecretConfigs:
        certificate === undefined ? undefined : [toSecretConfig(secretNames.certificate(certificate))],
      ...(tls.verify && validation(tls, namesOf(tls, hosts))),
    }),
  });
}

/** The host names of the endpoints. */
function hostsOf(service: Service): readonly string[] {
  const names = endpointsOf(service).flatMap(
    ({ hostname, ...address }) => hostname ?? (address.kind === "dns" ? address.host : []),
  );
  return [...new Set(names)];
}

/** The names of which the certificate has to have one; none where the request's host says it. */
function namesOf({ sans, sni }: UpstreamTls, hosts: readonly string[]): readonly string[] {
  return sans ?? (sni === "host" ? [] : sni === undefined ? hosts : [sni]);
}

interface Validation {
  readonly validationContext?: CertificateValidationContextJson;
  readonly combinedValidationContext?: CommonTlsContext_CombinedCertificateValidationContextJson;
}

// Where Debian, and so Envoy's own images, keep the certificates of public authorities.
const publicAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/** The service's certificate has to be signed by the CA, or by a public one, and to have one of the names. */
function validation({ ca, caFile = publicAuthorities }: UpstreamTls, names: readonly string[]): Validation {
  const context = names.length === 0 ? {} : { matchTypedSubjectAltNames: toSanMatchers(names) };
  if (ca === undefined) return { validationContext: { ...context, trustedCa: { filename: caFile } } };
  return {
    combinedValidationContext: {
      defaultValidationContext: context,
      validationContextSdsSecretConfig: toSecretConfig(secretNames.ca(ca)),
    },
  };
}
