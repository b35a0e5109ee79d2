import type { Endpoint } from "./endpoint.ts";
import { withHint } from "./hint.ts";

/** What Envoy refuses of a service as a whole: it would keep the one that it had, if any. */
export interface ServiceMistake {
  readonly path: readonly string[];
  /** With its mend. */
  readonly message: string;
}

/** As much of a service as these rules look at. */
export interface CheckedService {
  readonly endpoints?: "dynamic" | readonly Endpoint[] | undefined;
  readonly dns?: { readonly mode: string } | undefined;
  readonly protocol: string;
  readonly tls?: { readonly versions?: { readonly max: string } | undefined } | undefined;
  readonly health?:
    | { readonly active?: { readonly grpc?: string | undefined; readonly port?: number | undefined } | undefined }
    | undefined;
  readonly connection?: { readonly proxyProtocol?: string | undefined } | undefined;
}

/** What does not go together in a service. */
export function serviceMistakes(service: CheckedService): readonly ServiceMistake[] {
  return rules.flatMap((rule) => rule(service) ?? []);
}

const rules: readonly ((service: CheckedService) => ServiceMistake | undefined)[] = [
  ({ protocol, tls }) =>
    (protocol === "auto" || protocol === "http3") && tls === undefined
      ? { path: ["protocol"], message: withHint(`"${protocol}" needs TLS`, "add tls, or say http2 for h2c") }
      : undefined,
  ({ protocol, tls }) =>
    protocol === "http3" && tls?.versions?.max === "1.2"
      ? { path: ["tls", "versions", "max"], message: "HTTP/3 needs TLS 1.3" }
      : undefined,
  ({ protocol, connection }) =>
    protocol === "http3" && connection?.proxyProtocol !== undefined
      ? { path: ["connection", "proxyProtocol"], message: "there is no PROXY protocol over HTTP/3" }
      : undefined,
  // Envoy ends itself when it checks such an endpoint.
  ({ protocol, endpoints }) =>
    protocol === "http3" && Array.isArray(endpoints) && endpoints.some(({ kind }) => kind === "unix")
      ? { path: ["protocol"], message: "HTTP/3 is not spoken over unix sockets" }
      : undefined,
  ({ protocol, health }) =>
    health?.active?.grpc !== undefined && !["http2", "grpc", "auto"].includes(protocol)
      ? {
          path: ["health", "active", "grpc"],
          message: withHint(`cannot be asked over ${protocol}`, "set the service's protocol to grpc"),
        }
      : undefined,
  ({ endpoints, health }) =>
    health?.active?.port !== undefined && Array.isArray(endpoints) && endpoints.some(({ kind }) => kind === "unix")
      ? { path: ["health", "active", "port"], message: "the socket of an endpoint has no port" }
      : undefined,
  ({ endpoints, dns }) =>
    dns?.mode === "logical" && Array.isArray(endpoints) && endpoints.length > 1
      ? {
          path: ["dns", "mode"],
          message: withHint(
            "logical is for a service of one endpoint",
            "use strict, or a service for each and failover",
          ),
        }
      : undefined,
];
