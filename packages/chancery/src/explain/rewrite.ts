import { toRegex } from "../re2.ts";
import type { RequestHeaders } from "./headers.ts";
import { flagIn, type Json, objectIn, textIn, typeIn } from "./json.ts";
import { pathOnly } from "./path.ts";
import { fillUriTemplate, toUriTemplate } from "./uri-template.ts";
import { foldCase } from "./values.ts";

/** A new value, undefined if it depends on what cannot be known here, and in words how it came about. */
export interface Rewritten {
  readonly value: string | undefined;
  readonly how: string | undefined;
}

/**
 * The path that the upstream gets, or that a redirect leads to. `action` is a route's action with one of the rewrites;
 * the query stays.
 */
export function rewritePath(path: string, action: Json, match: Json): Rewritten {
  const only = pathOnly(path);
  const query = path.slice(only.length);
  const prefix = textIn(action, "prefix_rewrite");
  if (prefix !== "") {
    const matched = matchedPart(match, only);
    // An empty result leaves the path as it is.
    return { value: prefix + path.slice(matched.length), how: `prefix "${matched}" becomes "${prefix}"` };
  }
  const regex = objectIn(action, "regex_rewrite");
  if (regex !== undefined) {
    const rewritten = substitute(only, regex);
    return { value: rewritten === "" ? path : rewritten + query, how: describeSubstitution("path", regex) };
  }
  const policy = objectIn(action, "path_rewrite_policy");
  if (policy !== undefined) return rewriteByPolicy(only, query, { policy, match });
  const format = textIn(action, "path_rewrite");
  if (format === "") return { value: path, how: undefined };
  return { value: format.includes("%") ? undefined : format + query, how: `path becomes "${format}"` };
}

/** What stands for the matched prefix: of a regular expression and a CONNECT that is all of the path. */
function matchedPart(match: Json, path: string): string {
  for (const key of ["prefix", "path", "path_separated_prefix"]) {
    const text = textIn(match, key);
    if (text !== "" && foldCase(path).startsWith(foldCase(text))) return path.slice(0, text.length);
  }
  return path;
}

function substitute(text: string, rewrite: Json): string {
  const regex = toRegex(textIn(objectIn(rewrite, "pattern"), "regex"));
  return regex?.replaceAll(text, textIn(rewrite, "substitution")) ?? text;
}

function describeSubstitution(what: string, rewrite: Json): string {
  const pattern = textIn(objectIn(rewrite, "pattern"), "regex");
  return `${what} matches "${pattern}" are replaced by "${textIn(rewrite, "substitution")}"`;
}

const templateRewrite = "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig";

function rewriteByPolicy(path: string, query: string, { policy, match }: { policy: Json; match: Json }): Rewritten {
  const config = objectIn(policy, "typed_config");
  if (typeIn(config) !== templateRewrite)
    return { value: undefined, how: `path is rewritten by ${textIn(policy, "name")}` };
  const template = textIn(objectIn(objectIn(match, "path_match_policy"), "typed_config"), "path_template");
  const rewrite = textIn(config, "path_template_rewrite");
  const variables = toUriTemplate(template).match(path) ?? {};
  return { value: fillUriTemplate(rewrite, variables) + query, how: `path becomes "${rewrite}"` };
}

/** The host that the upstream gets. */
export function rewriteHost(
  authority: string,
  action: Json,
  from: { headers: RequestHeaders; path: string },
): Rewritten {
  const literal = textIn(action, "host_rewrite_literal");
  if (literal !== "") return { value: literal, how: `host becomes "${literal}"` };
  const header = textIn(action, "host_rewrite_header");
  if (header !== "") {
    const value = from.headers.values(header)[0];
    return { value: value || authority, how: `host comes from header ${header}${value ? "" : ", which is absent"}` };
  }
  const regex = objectIn(action, "host_rewrite_path_regex");
  if (regex !== undefined) {
    return {
      value: substitute(pathOnly(from.path), regex) || authority,
      how: describeSubstitution("host: path", regex),
    };
  }
  if (flagIn(action, "auto_host_rewrite") ?? false) {
    return { value: undefined, how: "host becomes the hostname of the endpoint, if it has one" };
  }
  const format = textIn(action, "host_rewrite");
  if (format === "") return { value: authority, how: undefined };
  return { value: format.includes("%") ? undefined : format, how: `host becomes "${format}"` };
}
