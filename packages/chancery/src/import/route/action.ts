import { flagIn, isObject, type Json, numberIn, objectIn, objectsIn, textIn } from "../../explain/json.ts";
import { type Authored, durationIn, durationOrOffIn, oneOrMore, said, toPercent } from "../values.ts";
import { toHeaders } from "./headers.ts";
import { toRetry } from "./retry.ts";
import type { RouteNames } from "./rule.ts";

/** What is done with a request. */
export function toAction(route: Json, names: RouteNames): Authored {
  const [redirect, response] = [objectIn(route, "redirect"), objectIn(route, "direct_response")];
  const replaced = isPlainPath(objectIn(route, "match")) ? "prefix" : "path";
  if (redirect !== undefined) return { redirect: toRedirect(redirect, replaced) };
  if (response !== undefined) return { respond: toRespond(response) };
  const action = objectIn(route, "route");
  if (action === undefined) return {};
  const to = toDestinations(action, names);
  if (to === undefined) return {};
  return {
    to,
    rewrite: toRewrite(action, replaced),
    mirror: oneOrMore(objectsIn(action, "request_mirror_policies").flatMap((policy) => toMirror(policy, names))),
    timeout: toTimeout(action),
    retry: toRetry(objectIn(action, "retry_policy")),
    affinity: oneOrMore(objectsIn(action, "hash_policy").flatMap((policy) => toAffinity(policy) ?? [])),
    upgrades: oneOrMore(objectsIn(action, "upgrade_configs").flatMap(toUpgrade)),
  };
}

const statuses: Readonly<Record<string, number>> = {
  "": 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

/** What Envoy puts a `prefix_rewrite` in the place of: the whole path, where an expression or a template matched it. */
type Replaced = "prefix" | "path";

function isPlainPath(match: Json | undefined): boolean {
  return ["prefix", "path", "path_separated_prefix"].some((key) => match?.[key] !== undefined);
}

function toRedirect(redirect: Json, replaced: Replaced): Authored {
  const path = textIn(redirect, "path_redirect");
  const prefix = textIn(redirect, "prefix_rewrite");
  const scheme = flagIn(redirect, "https_redirect") === true ? "https" : textIn(redirect, "scheme_redirect");
  return {
    ...said({
      scheme: scheme || undefined,
      host: textIn(redirect, "host_redirect") || undefined,
      port: numberIn(redirect, "port_redirect"),
      path: path || undefined,
      ...(prefix !== "" && { [replaced]: prefix }),
      regex: toRegex(objectIn(redirect, "regex_rewrite")),
      status: statuses[textIn(redirect, "response_code")],
      stripQuery: flagIn(redirect, "strip_query"),
    }),
  };
}

function toRespond(response: Json): unknown {
  const status = numberIn(response, "status");
  const body = textIn(objectIn(response, "body"), "inline_string");
  return body === "" ? status : { status, body };
}

/** Where requests or connections go: names of services, with what else is said of them. */
export function toDestinations(action: Json, names: RouteNames): unknown {
  const single = textIn(action, "cluster");
  const weighted = objectsIn(objectIn(action, "weighted_clusters"), "clusters");
  const list = single === "" ? weighted : [action];
  const destinations = list.flatMap((destination): unknown[] => {
    const service = names.service(single || textIn(destination, "name"));
    if (service === undefined) return [];
    // The headers of a route stand with the rule.
    const more = said({
      weight: single === "" ? numberIn(destination, "weight") : undefined,
      subset: subsetOf(destination),
      headers: single === "" ? toHeaders(destination) : undefined,
    });
    return [more === undefined ? service : { service, ...more }];
  });
  return destinations.length < list.length ? undefined : oneOrMore(destinations);
}

function subsetOf(destination: Json): Authored | undefined {
  const metadata = objectIn(objectIn(destination, "metadata_match"), "filter_metadata");
  const labels = objectIn(metadata, "envoy.lb");
  return isObject(labels) && Object.values(labels).every((value) => typeof value === "string") ? labels : undefined;
}

function toRewrite(action: Json, replaced: Replaced): Authored | undefined {
  const header = textIn(action, "host_rewrite_header");
  const regex = toRegex(objectIn(action, "regex_rewrite"));
  const isWhole = regex?.pattern === "^.*$" && !/\\\d/.test(regex.substitution);
  const prefix = textIn(action, "prefix_rewrite");
  return said({
    path: isWhole ? regex.substitution.replaceAll("\\\\", "\\") : undefined,
    ...(prefix !== "" && { [replaced]: prefix }),
    regex: isWhole ? undefined : regex,
    host: textIn(action, "host_rewrite_literal") || (header === "" ? undefined : { header }),
  });
}

function toRegex(rewrite: Json | undefined): { readonly pattern: string; readonly substitution: string } | undefined {
  if (rewrite === undefined) return undefined;
  return { pattern: textIn(objectIn(rewrite, "pattern"), "regex"), substitution: textIn(rewrite, "substitution") };
}

function toMirror(policy: Json, names: RouteNames): readonly (string | Authored)[] {
  const service = names.service(textIn(policy, "cluster"));
  if (service === undefined) return [];
  const percent = toPercent(objectIn(objectIn(policy, "runtime_fraction"), "default_value"));
  return [percent === undefined || percent === "100%" ? service : { service, percent }];
}

function toTimeout(action: Json): unknown {
  const [request, idle] = [durationOrOffIn(action, "timeout"), durationOrOffIn(action, "idle_timeout")];
  const perTry = durationIn(objectIn(action, "retry_policy"), "per_try_timeout");
  // Where there are retries, they say how long each may take.
  const isRetried = objectIn(action, "retry_policy")?.retry_on !== undefined;
  if (idle === undefined && (perTry === undefined || isRetried)) return request;
  return said({ request, perTry: isRetried ? undefined : perTry, idle });
}

function toAffinity(policy: Json): Authored | undefined {
  const cookie = objectIn(policy, "cookie");
  if (cookie !== undefined) {
    return {
      cookie: said({
        name: textIn(cookie, "name"),
        ttl: durationIn(cookie, "ttl"),
        path: textIn(cookie, "path") || undefined,
      }),
    };
  }
  const header = textIn(objectIn(policy, "header"), "header_name");
  const query = textIn(objectIn(policy, "query_parameter"), "name");
  if (header !== "") return { header };
  if (query !== "") return { query };
  return flagIn(objectIn(policy, "connection_properties"), "source_ip") === true ? { sourceIp: true } : undefined;
}

function toUpgrade(config: Json): readonly string[] {
  const type = textIn(config, "upgrade_type").toLowerCase();
  return ["websocket", "connect", "connect-udp"].filter((known) => known === type);
}
