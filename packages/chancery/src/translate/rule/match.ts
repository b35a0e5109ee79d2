import type {
  CookieMatcherJson,
  HeaderMatcherJson,
  QueryParameterMatcherJson,
  RouteMatchJson,
} from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Match, PathMatch, TextMatch } from "../../model/match.ts";
import type { HttpRoute } from "../../model/route.ts";
import { toCidrRange } from "../cidr.ts";
import { toFractionalPercent } from "../percent.ts";
import { escapeRegex } from "../regex.ts";
import { sourceAddressKey } from "../source-address.ts";
import { notInQuery } from "./query.ts";
import { toStringMatcher } from "./text.ts";

export interface MatchOptions {
  readonly protocol: HttpRoute["protocol"];
  /** Whether the prefix is taken off the path. */
  readonly strips: boolean;
}

/** What a request must be like for a route, everything that is said: one of these. */
export function toRouteMatches(match: Match, { protocol, strips }: MatchOptions): readonly RouteMatchJson[] {
  const isGrpc = protocol === "grpc" || match.grpc !== undefined;
  const conditions = { ...(isGrpc && { grpc: {} }), ...toConditions(match) };
  const paths = match.grpc === undefined ? toPaths(match.path, strips) : [toGrpcPath(match.grpc)];
  return paths.map((path) => ({ ...path, ...conditions }));
}

/** All that is said but the path. */
export function toConditions(match: Match): RouteMatchJson {
  const { methods, headers = {}, query = {}, cookies = {}, sourceIp, fraction } = match;
  const isTurned = ([, { not, present }]: [string, TextMatch]) => not === true && present === undefined;
  const queries = Object.entries(query);
  const headerMatchers = [
    ...(methods ? [toMethodMatcher(methods)] : []),
    ...Object.entries(headers).map(toHeaderMatcher),
    ...queries.filter(isTurned).map(notInQuery),
  ];
  const queryMatchers = queries.filter((entry) => !isTurned(entry)).map(toQueryMatcher);
  const cookieMatchers = Object.entries(cookies).map(toCookieMatcher);
  return {
    ...(headerMatchers.length > 0 && { headers: headerMatchers }),
    ...(queryMatchers.length > 0 && { queryParameters: queryMatchers }),
    ...(cookieMatchers.length > 0 && { cookies: cookieMatchers }),
    ...(sourceIp && { filterState: [{ key: sourceAddressKey, addressMatch: { ranges: sourceIp.map(toCidrRange) } }] }),
    ...(fraction !== undefined && { runtimeFraction: { defaultValue: toFractionalPercent(fraction) } }),
  };
}

function toPaths({ exact, prefix, regex, ignoreCase }: PathMatch = {}, strips: boolean): readonly RouteMatchJson[] {
  if (regex !== undefined) return [{ safeRegex: { regex: ignoreCase ? `(?i)${regex}` : regex } }];
  const caseSensitive = ignoreCase && { caseSensitive: false };
  if (exact !== undefined) return [{ path: exact, ...caseSensitive }];
  const segments = trimSlashes(prefix ?? "/");
  if (segments === "") return [{ prefix: "/" }];
  if (!strips) return [{ pathSeparatedPrefix: segments, ...caseSensitive }];
  // What is taken off includes the slash behind it, if there is one.
  return [
    { path: segments, ...caseSensitive },
    { prefix: `${segments}/`, ...caseSensitive },
  ];
}

/** A prefix without the slashes at its end, which mean nothing; "" for the prefix of all paths. */
export function trimSlashes(prefix: string): string {
  return prefix.replace(/\/+$/, "");
}

function toGrpcPath({ service, method }: NonNullable<Match["grpc"]>): RouteMatchJson {
  if (service !== undefined && method !== undefined) return { path: `/${service}/${method}` };
  if (service !== undefined) return { prefix: `/${service}/` };
  return method === undefined ? { prefix: "/" } : { safeRegex: { regex: `/[^/]+/${escapeRegex(method)}` } };
}

function toMethodMatcher(methods: readonly string[]): HeaderMatcherJson {
  const [first = "", ...others] = methods;
  const stringMatch = others.length === 0 ? { exact: first } : { safeRegex: { regex: methods.join("|") } };
  return { name: ":method", stringMatch };
}

function toHeaderMatcher([header, text]: [string, TextMatch]): HeaderMatcherJson {
  // HTTP/2 has no host header, and Envoy reads HTTP/1 in HTTP/2's words.
  const name = header === "host" ? ":authority" : header;
  if (text.present !== undefined) return { name, presentMatch: text.present !== (text.not ?? false) };
  const stringMatch = toStringMatcher(text);
  // Without treatMissingHeaderAsEmpty a header that is missing would not count as different.
  return { name, stringMatch, ...(text.not && { invertMatch: true, treatMissingHeaderAsEmpty: true }) };
}

function toQueryMatcher([name, text]: [string, TextMatch]): QueryParameterMatcherJson {
  if (text.present !== undefined) return { name, presentMatch: text.present !== (text.not ?? false) };
  return { name, stringMatch: toStringMatcher(text) };
}

function toCookieMatcher([name, text]: [string, TextMatch]): CookieMatcherJson {
  const { present, not = false } = text;
  // Every value has this form, so only whether there is one counts.
  const stringMatch = present === undefined ? toStringMatcher(text) : { safeRegex: { regex: ".*" } };
  const invertMatch = (present === false) !== not;
  return { name, stringMatch, ...(invertMatch && { invertMatch }) };
}
