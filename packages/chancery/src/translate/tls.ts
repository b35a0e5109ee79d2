import type { SubjectAltNameMatcherJson } from "@chancery/envoy-api/gen/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import type { SdsSecretConfigJson } from "@chancery/envoy-api/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import { aggregated } from "./config-source.ts";

/** Names of secrets on the wire, by kind of certificate object. */
export const secretNames = {
  certificate: (name: string) => `cert/${name}`,
  ca: (name: string) => `ca/${name}`,
  secret: (name: string) => `secret/${name}`,
};

/** Where a secret comes from: it is fetched by name, so that a rotation touches nothing else. */
export function toSecretConfig(name: string): SdsSecretConfigJson {
  return { name, sdsConfig: aggregated };
}

export const tlsVersions = { "1.2": "TLSv1_2", "1.3": "TLSv1_3" } as const;

/** Matches one of the kinds of subject alternative names; `*` stands for any characters. */
export function toSanMatchers(sans: readonly string[]): SubjectAltNameMatcherJson[] {
  return sans.flatMap((san) => {
    const matcher = san.includes("*") ? { safeRegex: { regex: toRegex(san) } } : { exact: san };
    return sanTypesOf(san).map((sanType) => ({ sanType, matcher }));
  });
}

function sanTypesOf(san: string): ("URI" | "DNS" | "IP_ADDRESS" | "EMAIL")[] {
  if (san.includes("://")) return ["URI"];
  if (san.includes("@")) return ["EMAIL"];
  return /^[0-9.]+$|:/.test(san) ? ["IP_ADDRESS"] : ["DNS"];
}

function toRegex(glob: string): string {
  return glob
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
}
