import type { Snapshot } from "@chancery/xds";
import type { Explanation, Outcome } from "./explanation.ts";
import { chooseFilterChain } from "./filter-chain.ts";
import { type Json, objectIn, objectsIn, textIn } from "./json.ts";
import { chooseListener } from "./listener.ts";
import { explainFilters, explainUdp } from "./network.ts";
import type { Request } from "./request.ts";
import { type Resources, resourcesOf } from "./resources.ts";
import { explainTls } from "./tls.ts";

/**
 * Says what an Envoy that has these resources does with a request, and at each step why. It looks at nothing else: what
 * only shows at run time, such as chance, metadata or health checks, is said to be unknown. To explain many requests,
 * make the resources once, with `resourcesOf`.
 */
export function explain(given: Snapshot | Resources, request: Request): Explanation {
  const resources = "get" in given ? given : resourcesOf(given);
  const { listeners, ...choice } = chooseListener(resources, request);
  const empty = { request, listeners, filterChains: [], networkFilters: [], notes: [] };
  if (choice.listener === undefined) return { ...empty, outcome: choice.outcome };
  const { listener } = choice;
  if (request.protocol === "udp") return { ...empty, ...explainUdp(listener, resources) };

  const why = matcherOf(listener);
  if (why !== undefined) return { ...empty, outcome: { kind: "unknown", why } };
  const { filterChains, chain } = chooseFilterChain(listener, request);
  if (chain === undefined) return { ...empty, filterChains, outcome: noChain(listener) };

  const { outcome, notes } = explainTls(chain, request, resources);
  if (outcome !== undefined) return { ...empty, filterChains, notes, outcome };
  return { ...empty, filterChains, notes, ...explainFilters(chain, request, resources) };
}

function matcherOf(listener: Json): string | undefined {
  const name = textIn(listener, "name");
  if (objectIn(listener, "filter_chain_matcher") !== undefined) {
    return `listener "${name}" chooses its filter chain by a matcher, which is not looked into`;
  }
  const elsewhere =
    objectIn(listener, "fcds_config") !== undefined && objectsIn(listener, "filter_chains").length === 0;
  return elsewhere ? `listener "${name}" gets its filter chains from elsewhere (FCDS)` : undefined;
}

function noChain(listener: Json): Outcome {
  const why = `no filter chain of listener "${textIn(listener, "name")}" takes the connection, so Envoy closes it`;
  return { kind: "refuse", code: "filter_chain_not_found", why };
}
