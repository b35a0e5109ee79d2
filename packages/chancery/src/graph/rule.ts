import type { Match } from "../model/match.ts";
import type { Rule } from "../model/route.ts";

/** What a rule matches, such as `GET /api/*, header x-canary`; the first of several, and how many more there are. */
export function summarizeMatch({ match: matches = [] }: Rule): string {
  const [first, ...others] = matches;
  const text = first === undefined ? "" : summarize(first);
  const shown = text === "" ? "every request" : text;
  return others.length === 0 ? shown : `${shown} or ${others.length} more`;
}

function summarize({ path, methods, headers, query, cookies, sourceIp, grpc, fraction }: Match): string {
  const names = (what: string, values: object | undefined) =>
    Object.keys(values ?? {}).map((name) => `${what} ${name}`);
  const where = path?.exact ?? (path?.prefix === undefined ? undefined : `${path.prefix.replace(/\/$/, "")}/*`);
  const line = [...(methods === undefined ? [] : [methods.join("/")]), ...[where ?? path?.regex ?? []].flat()].join(
    " ",
  );
  return [
    ...(line === "" ? [] : [line]),
    ...(grpc === undefined ? [] : [`gRPC ${[grpc.service ?? "*", grpc.method ?? "*"].join("/")}`]),
    ...names("header", headers),
    ...names("query", query),
    ...names("cookie", cookies),
    ...(sourceIp === undefined ? [] : ["client address"]),
    ...(fraction === undefined ? [] : [`${fraction}%`]),
  ].join(", ");
}

/** What a rule does without a service, such as `redirect 301`; undefined if services answer. */
export function summarizeAnswer({ redirect, respond }: Rule): string | undefined {
  if (redirect !== undefined) return `redirect ${redirect.status}`;
  return respond === undefined ? undefined : `respond ${respond.status}`;
}
