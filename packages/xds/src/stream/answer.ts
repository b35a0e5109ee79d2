import type { Receipt } from "./conversation.ts";
import { toNames } from "./names.ts";
import type { RequestError } from "./request.ts";
import { nothingSent, type Sent, type Slot } from "./slot.ts";
import { sendAgain } from "./subscription.ts";
import { type NackPolicy, namedIn, narrow, rollBack, type Trial, widen } from "./trial.ts";

/** Notes that the client has taken its last response of the type. */
export function accept(slot: Slot, sent: Sent, policy: NackPolicy): Receipt {
  slot.refused = false;
  slot.sentResources = nothingSent;
  slot.good = slot.subscription.told;
  if (slot.trial !== undefined && policy === "quarantine") slot.trial = widen(slot.trial);
  return { kind: "ack", type: slot.type, ...sent };
}

/** Notes that the client has refused its last response of the type, and by policy what it is served instead. */
export function refuse(slot: Slot, sent: Sent, reason: { error: RequestError; policy: NackPolicy }): Receipt {
  const { error, policy } = reason;
  const { type, sentResources } = slot;
  slot.refused = true;
  slot.trial = trialAfter(slot, error.message, policy);
  if (policy === "quarantine") {
    // Nobody knows which of the others the client has taken from the response that it refused.
    const suspects = toNames((slot.trial?.testing ?? []).map(({ name }) => name));
    slot.subscription = sendAgain(slot.subscription, suspects);
  }
  const resources = sentResources.map(({ name }) => name);
  const culprits = namedIn(error.message, sentResources).map(({ name }) => name);
  return { kind: "nack", type, ...sent, error, resources, culprits };
}

/** Undefined: nothing else is served than before, until it changes. */
function trialAfter(slot: Slot, message: string, policy: NackPolicy): Trial | undefined {
  const { trial, good, sentResources } = slot;
  const { told } = slot.subscription;
  if (policy === "hold" || told === undefined) return undefined;
  if (policy === "rollback") return trial === undefined && good !== undefined ? rollBack(told, good) : trial;
  if (trial !== undefined) return trial.testing.length === 0 ? trial : narrow(trial, message);
  if (sentResources.length === 0) return undefined;
  return narrow({ of: told, served: told, good, bad: [], testing: sentResources, untested: [] }, message);
}
