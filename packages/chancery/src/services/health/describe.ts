import { countOf, type Entry, type FreezeState } from "./board.ts";
import { controlPlaneChecker } from "./own-checker.ts";
import type { CheckedBy } from "./target.ts";

/** Such as `10.0.0.5:8080 of service shop is unhealthy: 2 of 3 checkers, HTTP 503`. */
export function describeVerdict(entry: Entry): string {
  const { address, service, verdict, held } = entry;
  const what = `${address} of service ${service} is ${verdict === "unknown" ? "as if it were healthy" : verdict}`;
  if (held === "frozen") return `${what}: too much fails at once`;
  return `${what}: ${describeVotes(entry)}`;
}

/** Such as `2 of 3 checkers, HTTP 503`. */
export function describeVotes(entry: Entry): string {
  const { checkers, votes, verdict } = entry;
  const { healthy, unhealthy } = countOf(entry);
  const reasons = new Set(
    [...votes.values()].flatMap((vote) => (vote.healthy || vote.reason === "" ? [] : vote.reason)),
  );
  const why = verdict === "unhealthy" ? [...reasons] : [];
  const count = `${verdict === "healthy" ? healthy : unhealthy} of ${checkers.length} checkers`;
  const who = checkers.includes(controlPlaneChecker) ? "the control plane" : count;
  return [who, ...why].join(", ");
}

/** What is said loudly when too much fails at once, and when it does not any more. */
export function describeFreeze(by: CheckedBy, { frozen, fallen, total }: FreezeState): string {
  const who = by === "fleet" ? "Envoys that check" : "the control plane's own checks";
  if (!frozen) return `Health is believed again: ${who} find ${fallen} of ${total} endpoints to fail`;
  return (
    `Health is frozen: ${who} find ${fallen} of ${total} endpoints to fail at once, so rather the checks fail; ` +
    "no endpoint is taken out until enough of them answer"
  );
}
