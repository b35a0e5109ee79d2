import type {
  RedirectAction_RedirectResponseCodeJson,
  RedirectActionJson,
} from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { Match } from "../../model/match.ts";
import type { Redirect } from "../../model/route.ts";
import { toPrefixRewrite, toRegexRewrite } from "./rewrite.ts";

const codes: Readonly<Record<Redirect["status"], RedirectAction_RedirectResponseCodeJson>> = {
  301: "MOVED_PERMANENTLY",
  302: "FOUND",
  303: "SEE_OTHER",
  307: "TEMPORARY_REDIRECT",
  308: "PERMANENT_REDIRECT",
};

/** Sends the client elsewhere; what is not said stays as it was asked for. */
export function toRedirect(redirect: Redirect, match: Match): RedirectActionJson {
  const { scheme, host, port, status, stripQuery } = redirect;
  return {
    ...(scheme && { schemeRedirect: scheme }),
    ...(host !== undefined && { hostRedirect: host }),
    ...(port !== undefined && { portRedirect: port }),
    ...toPath(redirect, match),
    responseCode: codes[status],
    ...(stripQuery && { stripQuery }),
  };
}

function toPath({ path, prefix, regex }: Redirect, match: Match): RedirectActionJson {
  if (path !== undefined) return { pathRedirect: path };
  if (prefix !== undefined) return toPrefixRewrite(prefix, match);
  return regex === undefined ? {} : { regexRewrite: toRegexRewrite(regex) };
}
