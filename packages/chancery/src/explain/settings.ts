import type { Forward } from "./explanation.ts";
import { flagIn, type Json, numberIn, objectIn, objectsIn, shortTypeIn, textIn } from "./json.ts";
import { percentOf } from "./route-match.ts";
import { formatLabels, labelsWanted } from "./subset.ts";

/** A label and a text. */
type Setting = readonly [label: string, text: string];

export interface SettingLevels {
  readonly action: Json;
  readonly virtualHost: Json;
  readonly routeConfiguration: Json;
}

/** What a route's action says beside the way of the request, one setting in a line. */
export function settingsOf({ action, virtualHost, routeConfiguration }: SettingLevels): Forward["settings"] {
  const retry = objectIn(action, "retry_policy") ?? objectIn(virtualHost, "retry_policy");
  const mirrors = [action, virtualHost, routeConfiguration]
    .map((level) => objectsIn(level, "request_mirror_policies"))
    .find((policies) => policies.length > 0);
  const settings: readonly Setting[] = [
    ["timeout", timeoutsOf(action)],
    ...(retry === undefined ? [] : [["retries", retriesOf(retry)] as const]),
    ...(mirrors ?? []).map((mirror) => ["mirror", mirrorOf(mirror)] as const),
    ...objectsIn(action, "hash_policy").map((policy) => ["hash", hashOf(policy)] as const),
    ...when("priority", textIn(action, "priority")),
    ...when("subset", formatLabels(labelsWanted(action))),
    ...when("hedging", (objectIn(action, "hedge_policy") ?? objectIn(virtualHost, "hedge_policy")) ? "on" : ""),
    ...when("redirects", objectIn(action, "internal_redirect_policy") ? "Envoy follows them itself" : ""),
  ];
  return settings.map(([label, text]) => ({ label, text }));
}

function when(label: string, text: string): readonly Setting[] {
  return text === "" ? [] : [[label, text]];
}

function timeoutsOf(action: Json): string {
  const request = textIn(action, "timeout") || "15s by default";
  const stream = objectIn(action, "max_stream_duration");
  const more = [
    ["idle", textIn(action, "idle_timeout")],
    ["stream", textIn(stream, "max_stream_duration")],
    ["grpc-timeout up to", textIn(stream, "grpc_timeout_header_max")],
  ] as const;
  const set = more.flatMap(([label, text]) => (text === "" ? [] : `${label} ${text}`));
  return [request === "0s" ? "none" : request, ...set].join(", ");
}

function retriesOf(policy: Json): string {
  const times = numberIn(policy, "num_retries") ?? 1;
  const on = textIn(policy, "retry_on") || "nothing";
  const perTry = textIn(policy, "per_try_timeout");
  const backOff = textIn(objectIn(policy, "retry_back_off"), "base_interval");
  const parts = [`${times} on ${on}`, perTry && `${perTry} a try`, backOff && `back-off from ${backOff}`];
  return parts.filter((part) => part !== "").join(", ");
}

function mirrorOf(policy: Json): string {
  const to = textIn(policy, "cluster") || `what header ${textIn(policy, "cluster_header")} says`;
  const fraction = objectIn(policy, "runtime_fraction");
  return fraction === undefined ? to : `${to}, ${percentOf(objectIn(fraction, "default_value"))}%`;
}

const hashes: readonly { readonly key: string; describe(policy: Json): string }[] = [
  { key: "header", describe: (policy) => `header ${textIn(policy, "header_name")}` },
  { key: "cookie", describe: (policy) => `cookie ${textIn(policy, "name")}` },
  { key: "query_parameter", describe: (policy) => `query parameter ${textIn(policy, "name")}` },
  { key: "connection_properties", describe: () => "the client's address" },
  { key: "filter_state", describe: (policy) => `filter state ${textIn(policy, "key")}` },
];

function hashOf(policy: Json): string {
  for (const { key, describe } of hashes) {
    const message = objectIn(policy, key);
    if (message !== undefined) return describe(message) + (flagIn(policy, "terminal") ? ", then stop" : "");
  }
  return shortTypeIn(policy);
}
