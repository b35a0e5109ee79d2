import type { Problem } from "@chancery/xds";
import { meant } from "../../cli/suggest.ts";
import { type Document, formatPlace, type LocatedProblem } from "../../documents/document.ts";
import type { Found } from "../../model/collect.ts";
import { check } from "../../model/issues.ts";
import { join } from "../../model/join.ts";
import { locate } from "../../model/locate.ts";
import { checkExpression } from "./cel.ts";
import { type AuthorizationConfig, authorizationSchema, type RequirementConfig, type RuleConfig } from "./schema.ts";

/** What documents say of authorization, put together. */
export interface AuthorizationDocuments {
  /** Only if no problem is an error: half of the rules would be worse than those before. */
  readonly config: AuthorizationConfig | undefined;
  /** The document that has an issuer, by the name of the issuer. */
  readonly origins: ReadonlyMap<string, string>;
  readonly problems: readonly LocatedProblem[];
}

const sections = ["policies", "apiKeys", "users", "issuers"] as const;

/** Reads policies, and what they refer to. */
export function readAuthorization(documents: readonly Document[]): AuthorizationDocuments {
  const found: Found[] = [];
  const parts: { readonly config: AuthorizationConfig; readonly document: Document }[] = [];
  for (const document of documents) {
    const checked = check(authorizationSchema, document.content, "");
    if (checked.ok) parts.push({ config: checked.value, document });
    else found.push(...checked.problems.map((problem) => ({ problem, document })));
  }
  const owners = new Map<string, Document>();
  for (const { config, document } of parts) {
    found.push(...claim(config, document, owners).map((problem) => ({ problem, document })));
  }
  const config = combine(parts.map((part) => part.config));
  // What a broken document has is not known, so that nothing can be said of what refers to it.
  if (parts.length === documents.length) {
    for (const part of parts) {
      found.push(...checkReferences(part.config, config).map((problem) => ({ problem, document: part.document })));
    }
  }
  const isGood = found.every(({ problem }) => problem.severity !== "error");
  return { config: isGood ? config : undefined, origins: originsOf(parts), problems: locate(found) };
}

/** Names are there once in all documents. */
function claim(config: AuthorizationConfig, document: Document, owners: Map<string, Document>): Problem[] {
  const paths = sections.flatMap((section) => Object.keys(config[section]).map((name) => join(section, name)));
  if (config.defaultPolicy !== undefined) paths.push("defaultPolicy");
  return paths.flatMap((path) => {
    const first = owners.get(path);
    owners.set(path, first ?? document);
    if (first === undefined) return [];
    const place = formatPlace(first.origin, first.positions()(path));
    return [error(path, "duplicate-name", `is in ${place} already`, "give it another name, or leave one out")];
  });
}

function combine(configs: readonly AuthorizationConfig[]): AuthorizationConfig {
  const all = <S extends (typeof sections)[number]>(section: S): Record<string, AuthorizationConfig[S][string]> =>
    Object.fromEntries(configs.flatMap((config) => Object.entries(config[section])));
  const defaultPolicy = configs.find((config) => config.defaultPolicy !== undefined)?.defaultPolicy;
  return {
    ...(defaultPolicy !== undefined && { defaultPolicy }),
    ...{ policies: all("policies"), apiKeys: all("apiKeys"), users: all("users"), issuers: all("issuers") },
  };
}

function originsOf(parts: readonly { readonly config: AuthorizationConfig; readonly document: Document }[]) {
  return new Map(
    parts.flatMap(({ config, document }) =>
      Object.keys(config.issuers).map((name) => [name, document.origin] as const),
    ),
  );
}

function checkReferences(part: AuthorizationConfig, all: AuthorizationConfig): Problem[] {
  const { defaultPolicy, policies, issuers } = part;
  const problems: Problem[] = [];
  if (defaultPolicy !== undefined) {
    problems.push(...checkName("defaultPolicy", defaultPolicy, { what: "policy", known: all.policies }));
  }
  for (const [name, { rules }] of Object.entries(policies)) {
    const path = join(join(join("policies", name), "rules"), 0).replace(/\[0\]$/, "");
    problems.push(...checkRules(rules, path, all));
  }
  for (const [name, { jwks }] of Object.entries(issuers)) {
    if (!("url" in jwks) || isSafe(jwks.url)) continue;
    const path = join(join(join("issuers", name), "jwks"), "url");
    const message = "keys that come over plain HTTP can be replaced on their way";
    problems.push({ ...error(path, "plain-http", message, "use https://"), severity: "warning" });
  }
  return problems;
}

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

function checkRules(rules: readonly RuleConfig[], path: string, all: AuthorizationConfig): Problem[] {
  const first = new Map<string, number>();
  let decided: number | undefined;
  return rules.flatMap((rule, index) => {
    const at = join(path, index);
    const problems = checkEffect(rule, at);
    if (rule.name !== undefined) {
      const earlier = first.get(rule.name);
      if (earlier === undefined) first.set(rule.name, index);
      else problems.push(error(join(at, "name"), "duplicate-name", `"${rule.name}" is ${join(path, earlier)} already`));
    }
    if (decided !== undefined) {
      const message = `is never reached, since ${join(path, decided)} is for all requests`;
      problems.push({ ...error(at, "unreachable", message, "put it before that"), severity: "warning" });
    } else if (Object.keys(rule.match ?? {}).length === 0 && !rule.dryRun) decided = index;
    if (rule.require) problems.push(...checkRequirement(rule.require, join(at, "require"), all));
    return problems;
  });
}

function checkEffect({ allow, deny, require }: RuleConfig, path: string): Problem[] {
  const given = Object.entries({ allow, deny, require }).filter(([, value]) => value !== undefined);
  if (given.length === 1) return [];
  const message = given.length === 0 ? "does not say what to do" : `says ${given.map(([key]) => key).join(" and ")}`;
  return [error(path, "wrong-value", message, "write one of allow: true, deny: true and require: …")];
}

function checkRequirement(requirement: RequirementConfig, path: string, all: AuthorizationConfig): Problem[] {
  const { apiKey, jwt, basic, ips, cel, any = [] } = requirement;
  const problems: Problem[] = [];
  if (Object.values(requirement).every((value) => value === undefined)) {
    problems.push(error(path, "wrong-value", "requires nothing", "write allow: true in the place of require"));
  }
  if (apiKey) {
    const at = join(path, "apiKey");
    problems.push(...checkPlace(apiKey, at));
    problems.push(...checkName(join(at, "keys"), apiKey.keys, { what: "set of API keys", known: all.apiKeys }));
  }
  if (jwt) {
    const at = join(path, "jwt");
    problems.push(...checkPlace(jwt, at));
    for (const [index, name] of jwt.issuers.entries()) {
      problems.push(...checkName(join(join(at, "issuers"), index), name, { what: "issuer", known: all.issuers }));
    }
  }
  if (basic) {
    const at = join(join(path, "basic"), "users");
    problems.push(...checkName(at, basic.users, { what: "set of users", known: all.users }));
  }
  if (ips && ips.allow === undefined && ips.deny === undefined) {
    problems.push(error(join(path, "ips"), "wrong-value", "requires nothing", "write allow or deny"));
  }
  const wrong = cel === undefined ? undefined : checkExpression(cel);
  if (wrong !== undefined) problems.push(error(join(path, "cel"), "wrong-expression", wrong));
  const inner = any.flatMap((member, index) => checkRequirement(member, join(join(path, "any"), index), all));
  return [...problems, ...inner];
}

function checkPlace(config: Readonly<Record<string, unknown>>, path: string): Problem[] {
  const given = ["header", "query", "cookie"].filter((where) => config[where] !== undefined);
  if (given.length <= 1) return [];
  return [error(path, "wrong-value", `looks in ${given.join(" and ")}`, "name one place; use any for several")];
}

function checkName(
  path: string,
  name: string,
  { what, known }: { readonly what: string; readonly known: Readonly<Record<string, unknown>> },
): Problem[] {
  if (Object.hasOwn(known, name)) return [];
  return [error(path, "unknown-name", `no ${what} is named "${name}"`, meant(name, Object.keys(known)))];
}

function error(path: string, code: string, message: string, hint?: string): Problem {
  return { severity: "error", code, path, message, ...(hint !== undefined && { hint }) };
}
