import type { RouteActionJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { RegexMatchAndSubstituteJson } from "@chancery/envoy-api/gen/envoy/type/matcher/v3/regex_pb.js";
import type { Match } from "../../model/match.ts";
import type { Rule } from "../../model/route.ts";
import { escapeSubstitution } from "../regex.ts";
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

/** Whether what is left of a path when its prefix is taken off is all of it. */
export function stripsPrefix({ rewrite, redirect }: Rule): boolean {
  const prefix = rewrite?.prefix ?? redirect?.prefix;
  return prefix !== undefined && trimSlashes(prefix) === "";
}

/** What the matched prefix becomes. Slashes at the end of either mean nothing, and none is ever doubled or lost. */
export function toPrefixRewrite(to: string, { path = {} }: Match): { readonly prefixRewrite: string } {
  if (path.exact !== undefined) return { prefixRewrite: to };
  const replacement = trimSlashes(to);
  // Envoy puts one text for the other: what stands for the prefix of all paths has to end with a slash as that does.
  const isRoot = trimSlashes(path.prefix ?? "/") === "";
  return { prefixRewrite: isRoot || replacement === "" ? `${replacement}/` : replacement };
}

/** Replaces each place that a pattern fits. */
export function toRegexRewrite(regex: { pattern: string; substitution: string }): RegexMatchAndSubstituteJson {
  return { pattern: { regex: regex.pattern }, substitution: regex.substitution };
}
