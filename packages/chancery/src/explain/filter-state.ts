import { isIP } from "node:net";
import { isInRange, toRange } from "./address.ts";
import type { HttpFilter } from "./explanation.ts";
import { flagIn, type Json, numberIn, objectIn, objectsIn, textIn, typeIn } from "./json.ts";
import type { Request } from "./request.ts";
import { type Check, check, quote } from "./values.ts";

/** The addresses that filters note of a request before routes are chosen for good; undefined for one that was not given. */
export type FilterState = ReadonlyMap<string, string | undefined>;

const setFilterState = "envoy.extensions.filters.http.set_filter_state.v3.Config";

/**
 * What `set_filter_state` notes: of all that it may be told to, the client's address.
 * https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/set_filter_state
 */
export function filterStateOf(manager: Json, filters: readonly HttpFilter[], request: Request): FilterState {
  const state = new Map<string, string | undefined>();
  // What else says who the client is, such as a list of trusted addresses, is not looked into.
  if (!flagIn(manager, "use_remote_address")) return state;
  const address = clientAddress(manager, request);
  for (const [i, filter] of objectsIn(manager, "http_filters").entries()) {
    const config = objectIn(filter, "typed_config");
    // Without another choice of the route, it is that from before the filter.
    if (filters[i]?.disabled !== false || typeIn(config) !== setFilterState || !flagIn(config, "clear_route_cache"))
      continue;
    for (const value of objectsIn(config, "on_request_headers")) {
      const format = textIn(objectIn(objectIn(value, "format_string"), "text_format_source"), "inline_string");
      if (format === "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%") state.set(textIn(value, "object_key"), address);
    }
  }
  return state;
}

/** The address that Envoy takes for the client's: the one it comes from, or what trusted proxies in front say. */
function clientAddress(manager: Json, { sourceIp, headers }: Request): string | undefined {
  const hops = numberIn(manager, "xff_num_trusted_hops") ?? 0;
  const forwarded = headers.filter(([name]) => name === "x-forwarded-for").flatMap(([, value]) => value.split(","));
  const said = hops === 0 ? undefined : forwarded.at(-hops)?.trim();
  return said !== undefined && isIP(said) !== 0 ? said : sourceIp;
}

/** Whether what filters noted is as a route asks. */
export function checkFilterState(matcher: Json, state: FilterState): Check {
  const key = textIn(matcher, "key");
  const address = state.get(key);
  const wanted = objectIn(matcher, "address_match");
  if (address === undefined || wanted === undefined) {
    const why = state.has(key) ? "depends on the client's address" : `the filter state ${key} cannot be known offline`;
    return check(`filter state ${key} matches`, "unknown", why);
  }
  const isInverted = flagIn(wanted, "invert_match") ?? false;
  const isWithin = objectsIn(wanted, "ranges").some((range) => isInRange(toRange(range), address));
  const place = (inside: boolean) => `the client's address ${inside ? "is" : "is not"} in the ranges`;
  return check(place(!isInverted), isWithin !== isInverted, `${place(isWithin)}: ${quote(address)}`);
}
