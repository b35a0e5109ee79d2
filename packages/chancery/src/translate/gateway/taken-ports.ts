import type { ListenerJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_pb.js";
import type { Items } from "../../model/model.ts";
import type { Draft } from "../draft.ts";

/**
 * Without listeners at an address and port that one before them has, in the order of the model. Envoy would take whichever
 * comes to it first, and refuse the other.
 */
export function withoutTakenPorts(drafts: readonly Draft[], gateways: Items<"gateways">): readonly Draft[] {
  const listeners = drafts.filter(({ type }) => type === "listeners");
  const byPlace = Map.groupBy(listeners, placeOf);
  if (byPlace.size === listeners.length) return drafts;
  const ranks = new Map(Array.from(gateways.keys(), (name, rank) => [name, rank]));
  const rankOf = ({ from }: Draft) => ranks.get(from.find(({ kind }) => kind === "gateways")?.name ?? "") ?? 0;
  const kept = new Set(
    [...byPlace.values()].map((sharing) => sharing.reduce((a, b) => (rankOf(b) < rankOf(a) ? b : a))),
  );
  return drafts.filter((draft) => draft.type !== "listeners" || kept.has(draft));
}

function placeOf({ json }: Draft): string {
  // A draft of type listeners is one.
  const { address } = json as ListenerJson;
  const { protocol = "TCP", portValue, address: host } = address?.socketAddress ?? {};
  return `${protocol} ${host} ${portValue}`;
}
