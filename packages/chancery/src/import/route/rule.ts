import { type Json, objectIn } from "../../explain/json.ts";
import { rule as schema } from "../../model/route.ts";
import { fit } from "../fit.ts";
import { type Authored, said } from "../values.ts";
import { toAction } from "./action.ts";
import { toHeaders } from "./headers.ts";
import { isConnectMatch, toMatch } from "./match.ts";

/** What names of the input are called in the model. */
export interface RouteNames {
  /** The service of a cluster; undefined for a cluster that there is not. */
  service(cluster: string): string | undefined;
}

/** The rule of one of Envoy's routes, as far as the model can say it. */
export function toRule(route: Json, names: RouteNames): Authored {
  const match = objectIn(route, "match");
  const content = said({
    match: isConnectMatch(match) ? { ...toMatch(match), methods: "CONNECT" } : toMatch(match),
    ...toAction(route, names),
    headers: toHeaders(route),
  });
  const rule = content === undefined ? {} : (fit(schema, content) ?? {});
  // What the model cannot say at all is said by a patch, in the place of this.
  return ["to", "redirect", "respond"].some((action) => action in rule) ? rule : { ...rule, respond: 501 };
}
