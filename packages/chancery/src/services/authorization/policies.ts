import type { Logger } from "../../logs.ts";
import { toApiKeys } from "./api-keys.ts";
import { type Jwks, toJwks } from "./jwks.ts";
import type { Issuer } from "./jwt.ts";
import { named } from "./known.ts";
import { toPasswords } from "./passwords.ts";
import { type Policy, toPolicy } from "./policy.ts";
import type { AuthorizationConfig, IssuerConfig, RequirementConfig } from "./schema.ts";

/** All policies at one moment, compiled. */
export interface Policies extends Disposable {
  readonly byName: ReadonlyMap<string, Policy>;
  /** What is asked when a request names none. */
  readonly defaultPolicy: string | undefined;
  /** Names of headers that rules set, so that nobody else may. */
  readonly ownHeaders: ReadonlySet<string>;
  readonly keySets: ReadonlyMap<string, KeySet>;
}

interface KeySet {
  /** What says where the keys are; equal texts have equal keys. */
  readonly source: string;
  readonly jwks: Jwks;
}

interface PoliciesContext {
  /** Where each issuer is configured, by its name. */
  readonly origins: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly log: Logger;
  /** Those before: keys that are there already are taken from them, and the others let go. */
  readonly previous?: Policies | undefined;
}

/** Compiles a configuration that was checked before. */
export function toPolicies(config: AuthorizationConfig, context: PoliciesContext): Policies {
  const { previous } = context;
  const keySets = mapEntries(config.issuers, (issuer, name) => toKeySet(name, issuer, context));
  const known = {
    apiKeys: mapEntries(config.apiKeys, (hashes) => toApiKeys(hashes)),
    users: mapEntries(config.users, (hashes) => toPasswords(hashes)),
    issuers: mapEntries(config.issuers, (issuer, name) => toIssuer(issuer, named(keySets, name).jwks)),
  };
  const byName = mapEntries(config.policies, (policy, name) => toPolicy(name, policy, known));
  for (const [name, { jwks }] of previous?.keySets ?? []) {
    if (keySets.get(name)?.jwks !== jwks) jwks[Symbol.dispose]();
  }
  return {
    byName,
    defaultPolicy: config.defaultPolicy,
    ownHeaders: new Set(Object.values(config.policies).flatMap(({ rules }) => rules.flatMap(headersOf))),
    keySets,
    [Symbol.dispose]() {
      for (const { jwks } of keySets.values()) jwks[Symbol.dispose]();
    },
  };
}

function toKeySet(name: string, { jwks }: IssuerConfig, { origins, cwd, log, previous }: PoliciesContext): KeySet {
  const origin = origins.get(name) ?? "";
  const source = JSON.stringify(["file" in jwks ? origin : "", jwks]);
  const before = previous?.keySets.get(name);
  return before?.source === source ? before : { source, jwks: toJwks(jwks, { origin, cwd, log }) };
}

function toIssuer({ issuer, audiences, algorithms, leeway }: IssuerConfig, jwks: Jwks): Issuer {
  return { issuer, audiences, algorithms, leewayMs: leeway, jwks };
}

function headersOf({ require }: { readonly require?: RequirementConfig | undefined }): string[] {
  if (require === undefined) return [];
  const { apiKey, basic, jwt, any = [] } = require;
  const own = [apiKey?.userHeader, basic?.userHeader, ...Object.keys(jwt?.claims ?? {})];
  return [...own.filter((name) => name !== undefined), ...any.flatMap((member) => headersOf({ require: member }))];
}

function mapEntries<V, W>(
  record: Readonly<Record<string, V>>,
  change: (value: V, name: string) => W,
): ReadonlyMap<string, W> {
  return new Map(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}
