import { checkFilterState, type FilterState } from "./filter-state.ts";
import { checkHeader } from "./header-match.ts";
import type { RequestHeaders } from "./headers.ts";
import { flagIn, type Json, numberIn, objectIn, objectsIn, textIn } from "./json.ts";
import { checkPath } from "./path-match.ts";
import { checkCookie, checkQueryParameter } from "./query-match.ts";
import type { Request } from "./request.ts";
import { type Check, check, quote } from "./values.ts";

export interface MatchFacts {
  readonly request: Request;
  /** As it is routed. */
  readonly path: string;
  readonly headers: RequestHeaders;
  readonly ignoreParameters: boolean;
  readonly filterState: FilterState;
}

/**
 * Every condition of an `envoy.config.route.v3.RouteMatch`, the path first; all have to hold.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/config/route/v3/route_components.proto
 */
export function checkRoute(match: Json, facts: MatchFacts): readonly Check[] {
  const { request, path, headers, ignoreParameters, filterState } = facts;
  return [
    checkPath(match, { method: request.method, path, ignoreParameters }),
    ...objectsIn(match, "headers").map((matcher) => checkHeader(matcher, headers)),
    ...objectsIn(match, "query_parameters").map((matcher) => checkQueryParameter(matcher, path)),
    ...objectsIn(match, "cookies").map((matcher) => checkCookie(matcher, headers)),
    ...("grpc" in match ? [checkGrpc(headers)] : []),
    ...checkTls(objectIn(match, "tls_context"), request),
    ...objectsIn(match, "dynamic_metadata").map(checkMetadata),
    ...objectsIn(match, "filter_state").map((matcher) => checkFilterState(matcher, filterState)),
    ...checkFraction(objectIn(match, "runtime_fraction")),
  ];
}

function checkGrpc(headers: RequestHeaders): Check {
  const type = headers.values("content-type")[0];
  const isGrpc = type !== undefined && /^application\/grpc(?:\+|$)/.test(type);
  return check("is a gRPC request", isGrpc, `content-type ${type === undefined ? "is absent" : quote(type)}: no gRPC`);
}

function checkTls(context: Json | undefined, { clientCertificate }: Request): Check[] {
  const facts = { presented: clientCertificate !== "none", validated: clientCertificate === "validated" };
  return (["presented", "validated"] as const).flatMap((fact) => {
    const wanted = flagIn(context, fact);
    if (wanted === undefined) return [];
    const is = (yes: boolean) => `a client certificate is ${yes ? "" : "not "}${fact}`;
    return [check(is(wanted), facts[fact] === wanted, is(facts[fact]))];
  });
}

function checkMetadata(matcher: Json): Check {
  const filter = textIn(matcher, "filter");
  return check(`metadata of ${filter} matches`, "unknown", `the metadata that ${filter} sets cannot be known offline`);
}

function checkFraction(fraction: Json | undefined): Check[] {
  if (fraction === undefined) return [];
  const percent = percentOf(objectIn(fraction, "default_value"));
  const key = textIn(fraction, "runtime_key");
  const unless = key === "" ? "" : `, unless the runtime sets ${key}`;
  const verdict = percent >= 100 ? "yes" : percent <= 0 ? "no" : "unknown";
  return [check(`in ${percent}% of cases`, verdict, `chosen by chance, in ${percent}% of cases${unless}`)];
}

const denominators: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 };

/** An `envoy.type.v3.FractionalPercent` in percent. */
export function percentOf(fraction: Json | undefined): number {
  const denominator = denominators[textIn(fraction, "denominator") || "HUNDRED"] ?? 100;
  return ((numberIn(fraction, "numerator") ?? 0) / denominator) * 100;
}
