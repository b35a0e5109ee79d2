import type { RouteActionJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { RegexMatchAndSubstituteJson } from "@chancery/envoy-api/gen/envoy/type/matcher/v3/regex_pb.js";
import type { Match } from "../../model/match.ts";
import type { Rule } from "../../model/route.ts";
import { escapeRegex, escapeSubstitution } from "../regex.ts";
import { trimSlashes } from "./match.ts";
import type { RuleContext } from "./rule.ts";

/** The path that the service is asked for. */
export function pathRewrite({ rewrite = {} }: Rule, { match }: RuleContext): Partial<RouteActionJson> {
  const { path, prefix, regex } = rewrite;
  if (path !== undefined)
    return { regexRewrite: { pattern: { regex: "^.*$" }, substitution: escapeSubstitution(path) } };
  if (prefix !== undefined) return toPrefixRewrite(prefix, match);
  return regex === undefined ? {} : { regexRewrite: toRegexRewrite(regex) };
}

/** The host that the service is asked for. */
export function hostRewrite({ rewrite = {} }: Rule): Partial<RouteActionJson> {
  const { host } = rewrite;
  if (host === undefined) return {};
  return typeof host === "string" ? { hostRewriteLiteral: host } : { hostRewriteHeader: host.header };
}

/** What the matched prefix becomes. Slashes at the end of either mean nothing, and none is ever doubled or lost. */
export function toPrefixRewrite(
  to: string,
  { path: { exact, prefix, ignoreCase } = {} }: Match,
): { readonly prefixRewrite: string } | { readonly regexRewrite: RegexMatchAndSubstituteJson } {
  const matched = trimSlashes(prefix ?? "/");
  const replacement = trimSlashes(to);
  if (exact !== undefined) return { prefixRewrite: to };
  // Envoy puts one text for the other: of "/" and "/v2", "/api" and "/", one has a slash that the other has not.
  if (matched === "") return { prefixRewrite: `${replacement}/` };
  if (replacement !== "") return { prefixRewrite: replacement };
  return {
    regexRewrite: { pattern: { regex: `^${ignoreCase ? "(?i)" : ""}${escapeRegex(matched)}/*` }, substitution: "/" },
  };
}

/** Replaces each place that a pattern fits. */
export function toRegexRewrite(regex: { pattern: string; substitution: string }): RegexMatchAndSubstituteJson {
  return { pattern: { regex: regex.pattern }, substitution: regex.substitution };
}
