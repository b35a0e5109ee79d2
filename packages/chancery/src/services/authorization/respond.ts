import type { AuthorizationAllowed, AuthorizationDenied, HeaderChange } from "@chancery/xds/services";
import type { Facts } from "./facts.ts";
import type { Met, Stripped } from "./finding.ts";
import type { DenialConfig } from "./schema.ts";

/** Lets a request through, with what was found out about it and without what only pretends to be that. */
export function toAllowed(found: Met, facts: Facts | undefined, own: ReadonlySet<string>): AuthorizationAllowed {
  const headers = [...(found.headers ?? [])].map(([name, value]): HeaderChange => ({ name, value }));
  const strips = found.strips ?? [];
  const cookies = strips.filter(({ in: where }) => where === "cookie");
  const rest = cookies.length > 0 ? cookiesWithout(facts, cookies) : undefined;
  if (rest) headers.push({ name: "cookie", value: rest });
  const removed = [
    ...pretenders(facts, own, found.headers ?? new Map()),
    ...strips.filter(({ in: where }) => where === "header").map(({ name }) => name),
    ...(rest === "" ? ["cookie"] : []),
  ];
  const queries = strips.filter(({ in: where }) => where === "query").map(({ name }) => name);
  return {
    allowed: true,
    ...(headers.length > 0 && { headers }),
    ...(removed.length > 0 && { headersToRemove: removed }),
    ...(queries.length > 0 && { queryParametersToRemove: queries }),
    ...(found.subject !== undefined && { dynamicMetadata: { subject: found.subject } }),
  };
}

export function toDenied({ status, body, headers }: DenialConfig, message: string): AuthorizationDenied {
  return {
    allowed: false,
    ...{ status, message },
    ...(body !== "" && { body }),
    headers: Object.entries(headers).map(([name, value]): HeaderChange => ({ name, value })),
  };
}

/**
 * Headers that only a rule may set and that the rule did not, and those that gateways of other protocols would take for
 * them: CGI and its kind know no difference between `-` and `_`.
 */
function pretenders(facts: Facts | undefined, own: ReadonlySet<string>, set: ReadonlyMap<string, string>): string[] {
  const similar = [...(facts?.http?.headers.keys() ?? [])].filter(
    (name) => !own.has(name) && name.includes("_") && own.has(name.replaceAll("_", "-")),
  );
  return [...[...own].filter((name) => !set.has(name)), ...similar];
}

function cookiesWithout(facts: Facts | undefined, strips: readonly Stripped[]): string {
  const names = new Set(strips.map(({ name }) => name));
  const pairs = (facts?.http?.headers.get("cookie") ?? []).flatMap((text) => text.split(";"));
  return pairs
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "" && !names.has(pair.split("=")[0]?.trim() ?? ""))
    .join("; ");
}
