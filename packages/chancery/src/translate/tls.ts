import type { SubjectAltNameMatcherJson } from "@chancery/envoy-api/gen/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import type { SdsSecretConfigJson } from "@chancery/envoy-api/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import type { StringMatcherJson } from "@chancery/envoy-api/gen/envoy/type/matcher/v3/string_pb.js";
import { aggregated } from "./config-source.ts";
import { escapeRegex } from "./regex.ts";

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
  return sans.flatMap((san) => sanTypesOf(san).map((sanType) => ({ sanType, matcher: toNameMatcher(san) })));
}

/** Regular expressions of Envoy's hold a hundred characters or so, so that most globs do without. */
export function toNameMatcher(glob: string): StringMatcherJson {
  const [start = "", end, ...more] = glob.split("*");
  if (end === undefined) return { exact: glob };
  if (more.length === 0 && end === "" && start !== "") return { prefix: start };
  if (more.length === 0 && start === "" && end !== "") return { suffix: end };
  return { safeRegex: { regex: glob.split("*").map(escapeRegex).join(".*") } };
}

function sanTypesOf(san: string): ("URI" | "DNS" | "IP_ADDRESS" | "EMAIL")[] {
  if (san.includes("://")) return ["URI"];
  if (san.includes("@")) return ["EMAIL"];
  return /^[0-9.]+$|:/.test(san) ? ["IP_ADDRESS"] : ["DNS"];
}
