import type { StringMatcherJson } from "@chancery/envoy-api/gen/envoy/type/matcher/v3/string_pb.js";
import type { TextMatch } from "../../model/match.ts";

/** What a text that is there has to be. */
export function toStringMatcher({ exact, prefix, suffix, contains, regex, ignoreCase }: TextMatch): StringMatcherJson {
  // Envoy heeds ignoreCase for all forms but this one.
  if (regex !== undefined) return { safeRegex: { regex: ignoreCase ? `(?i)${regex}` : regex } };
  const caseless = ignoreCase && { ignoreCase };
  if (prefix !== undefined) return { prefix, ...caseless };
  if (suffix !== undefined) return { suffix, ...caseless };
  if (contains !== undefined) return { contains, ...caseless };
  return { exact: exact ?? "", ...caseless };
}
