import { type Json, numberIn, objectIn, objectsIn, textIn } from "../../explain/json.ts";
import { type Authored, durationIn, oneOrMore, said } from "../values.ts";

/** When and how requests are tried again. */
export function toRetry(policy: Json | undefined): Authored | undefined {
  const on = textIn(policy, "retry_on")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (on.length === 0) return undefined;
  const statuses = policy?.retriable_status_codes;
  const backOff = objectIn(policy, "retry_back_off");
  const isElsewhere = objectsIn(policy, "retry_host_predicate").some(({ name }) => name === previousHosts);
  return said({
    attempts: numberIn(policy, "num_retries"),
    on: oneOrMore(on.filter((word) => known.has(word))),
    statuses: on.includes("retriable-status-codes") && Array.isArray(statuses) ? oneOrMore(statuses) : undefined,
    perTry: durationIn(policy, "per_try_timeout"),
    backOff: backOff && said({ base: durationIn(backOff, "base_interval"), max: durationIn(backOff, "max_interval") }),
    // The model avoids it unless it is told not to.
    otherEndpoint: isElsewhere ? undefined : false,
  });
}

const previousHosts = "envoy.retry_host_predicates.previous_hosts";

/** The conditions that the model knows; what else there is, a patch says. */
const known: ReadonlySet<string> = new Set([
  ...["5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "refused-stream", "retriable-4xx"],
  ...["cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"],
]);
