import { flagIn, type Json, numberIn, textIn } from "./json.ts";
import { rewritePath } from "./rewrite.ts";

export interface RedirectFrom {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly match: Json;
}

const statuses: Readonly<Record<string, number>> = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

/**
 * Where an `envoy.config.route.v3.RedirectAction` leads to, and with which status; the location is undefined if it
 * depends on what cannot be known here.
 */
export function toRedirect(action: Json, from: RedirectFrom): { status: number; location: string | undefined } {
  const status = statuses[textIn(action, "response_code") || "MOVED_PERMANENTLY"] ?? 301;
  const scheme =
    textIn(action, "scheme_redirect") || ((flagIn(action, "https_redirect") ?? false) ? "https" : from.scheme);
  const port = numberIn(action, "port_redirect") ?? 0;
  const host = textIn(action, "host_redirect") || keepHost(from, scheme, port !== 0);
  const path = redirectPath(action, from);
  return {
    status,
    location: path === undefined ? undefined : `${scheme}://${host}${port === 0 ? "" : `:${port}`}${path}`,
  };
}

/** The host with its port, unless that is another one now, or was the usual one of the scheme that is left. */
function keepHost({ authority, scheme }: RedirectFrom, newScheme: string, hasNewPort: boolean): string {
  const port = /:\d*$/.exec(authority)?.[0];
  if (port === undefined || authority.endsWith("]")) return authority;
  const usual = scheme === "https" ? ":443" : ":80";
  const drop = hasNewPort || (newScheme !== scheme && port === usual);
  return drop ? authority.slice(0, -port.length) : authority;
}

function redirectPath(action: Json, from: RedirectFrom): string | undefined {
  const fixed = textIn(action, "path_redirect");
  // Its own query takes the place of the request's, and stays.
  if (fixed.includes("?")) return fixed;
  const queryStart = from.path.indexOf("?");
  const query = queryStart < 0 ? "" : from.path.slice(queryStart);
  const path = fixed === "" ? rewritePath(from.path, action, from.match).value : fixed + query;
  return (flagIn(action, "strip_query") ?? false) ? path?.replace(/\?.*$/s, "") : path;
}
