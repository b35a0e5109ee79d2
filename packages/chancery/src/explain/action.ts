import { isEmptyCluster, whyEmpty } from "./cluster.ts";
import type { Forward, HeaderMutation, Outcome, Refuse, Respond, Target } from "./explanation.ts";
import type { HttpRequest } from "./http-request.ts";
import { flagIn, type Json, numberIn, objectIn, textIn } from "./json.ts";
import { type Level, mutationsOf } from "./mutations.ts";
import { toRedirect } from "./redirect.ts";
import type { Request } from "./request.ts";
import type { Resources } from "./resources.ts";
import { type Rewritten, rewriteHost, rewritePath } from "./rewrite.ts";
import { settingsOf } from "./settings.ts";
import { notFoundStatus, targetsOf } from "./targets.ts";
import { upgradeRefusal } from "./upgrade.ts";

export interface ActionContext {
  readonly request: Request;
  readonly http: HttpRequest;
  readonly manager: Json;
  readonly virtualHost: Json;
  readonly routeConfiguration: Json;
  readonly resources: Resources;
}

/** What a route does with a request that it matches. */
export function outcomeOf(route: Json, context: ActionContext): Outcome {
  const action = objectIn(route, "route");
  const refusal = upgradeRefusal(context.request, context.manager, action);
  // Of routes, only those that forward have a say in the headers of what Envoy answers itself.
  const own = action === undefined ? {} : { responseHeaders: responseHeadersOf(route, context) };
  if (refusal !== undefined) return { ...refusal, ...own };
  if (action !== undefined) return forward(route, action, context);
  const redirect = objectIn(route, "redirect");
  if (redirect !== undefined) return redirectTo(route, redirect, context);
  const response = objectIn(route, "direct_response");
  if (response !== undefined) return respond(route, response, context);
  const kind = "filter_action" in route ? "a filter's action" : "a response without forwarding, for gRPC clients";
  return { kind: "unknown", why: `the route has ${kind}` };
}

function levelsOf(route: Json, { virtualHost, routeConfiguration }: ActionContext): readonly Level[] {
  return [
    ["route", route],
    ["virtual host", virtualHost],
    ["route configuration", routeConfiguration],
  ];
}

function wins({ routeConfiguration }: ActionContext): boolean {
  return flagIn(routeConfiguration, "most_specific_header_mutations_wins") ?? false;
}

function responseHeadersOf(route: Json, context: ActionContext): HeaderMutation[] {
  return mutationsOf("response", levelsOf(route, context), wins(context));
}

function redirectTo(route: Json, action: Json, context: ActionContext): Outcome {
  const { scheme, authority, path } = context.http;
  const match = objectIn(route, "match") ?? {};
  const { status, location } = toRedirect(action, { scheme, authority, path, match });
  const responseHeaders = responseHeadersOf(route, context);
  return { kind: "respond", status, ...(location !== undefined && { location }), responseHeaders };
}

function respond(route: Json, response: Json, context: ActionContext): Respond {
  const { scheme, authority, path } = context.http;
  const status = numberIn(response, "status") ?? 200;
  const body = bodyOf(objectIn(response, "body"));
  const leads = status === 201 || (status >= 300 && status < 400);
  return {
    kind: "respond",
    status,
    ...(body !== undefined && { body }),
    // Envoy adds where the request came to, whatever that is good for.
    ...(leads && { location: `${scheme}://${authority}${path}` }),
    responseHeaders: responseHeadersOf(route, context),
  };
}

function bodyOf(source: Json | undefined): string | undefined {
  if (source === undefined) return undefined;
  if ("inline_string" in source) return textIn(source, "inline_string");
  if ("inline_bytes" in source) return Buffer.from(textIn(source, "inline_bytes"), "base64").toString();
  const file = textIn(source, "filename");
  return file === "" ? `(environment ${textIn(source, "environment_variable")})` : `(file ${file})`;
}

function forward(route: Json, action: Json, context: ActionContext): Outcome {
  const { http, resources, virtualHost, routeConfiguration } = context;
  const found = targetsOf(action, {
    headers: http.headers,
    resources,
    levels: levelsOf(route, context),
    mostSpecificWins: wins(context),
  });
  const responseHeaders = responseHeadersOf(route, context);
  if ("outcome" in found)
    return found.outcome.kind === "refuse" ? { ...found.outcome, responseHeaders } : found.outcome;
  const refusal = refuseTargets(found.targets, action);
  if (refusal !== undefined) return { ...refusal, responseHeaders };
  const host = hostFor(found.targets, action, http);
  const path = rewritePath(http.path, action, objectIn(route, "match") ?? {});
  return {
    kind: "forward",
    targets: found.targets,
    ...known("authority", host),
    ...known("path", path),
    rewrites: [host.how, path.how].filter((how) => how !== undefined),
    settings: settingsOf({ action, virtualHost, routeConfiguration }),
  };
}

function known(key: "authority" | "path", { value }: Rewritten): Pick<Forward, "authority" | "path"> {
  return value === undefined ? {} : { [key]: value };
}

/** The host for all targets; of those that have one of their own there has to be only one. */
function hostFor(targets: readonly Target[], action: Json, http: HttpRequest): Rewritten {
  const own = targets.find(({ authority }) => authority !== undefined)?.authority;
  if (own === undefined) return rewriteHost(http.authority, action, http);
  if (targets.length > 1) return { value: undefined, how: "host becomes what the chosen cluster weight says" };
  return { value: own, how: `host becomes "${own}"` };
}

/** If none of the targets can answer, Envoy does. */
function refuseTargets(targets: readonly Target[], action: Json): Refuse | undefined {
  const [first] = targets;
  if (first === undefined) {
    return { kind: "refuse", status: 503, code: "cluster_not_found", why: "no cluster has a weight" };
  }
  if (targets.some(({ cluster }) => cluster.found && !isEmptyCluster(cluster))) return undefined;
  const { name, found } = first.cluster;
  if (found) {
    return { kind: "refuse", status: 503, code: "no_healthy_upstream", why: whyEmpty(first.cluster) };
  }
  return {
    kind: "refuse",
    status: notFoundStatus(action),
    code: "cluster_not_found",
    why: `there is no cluster "${name}"`,
  };
}
