import type { Item, ItemProblem } from "../model/model.ts";
import type { Service } from "../model/service.ts";
import { type Finding, warning } from "./finding.ts";

/** Options of a service that do nothing beside its other options. */
export function checkServiceOptions(item: Item<"services">): readonly ItemProblem[] {
  return rules.flatMap((rule) => rule(item.value)).map((finding) => warning(item, finding));
}

type ServiceRule = (service: Service) => readonly Finding[];

/** Which policies an option of load balancing is for. */
const policiesOf = {
  choices: ["least-request"],
  ringSize: ["ring-hash"],
  tableSize: ["maglev"],
  boundedLoad: ["ring-hash", "maglev"],
  slowStart: ["round-robin", "least-request"],
} as const;

const rules: readonly ServiceRule[] = [
  ({ loadBalancing }) => {
    if (loadBalancing === undefined) return [];
    return Object.entries(policiesOf).flatMap(([option, policies]): Finding[] => {
      const isSaid = Object.entries(loadBalancing).some(([key, value]) => key === option && value !== undefined);
      if (!isSaid || policies.some((policy) => policy === loadBalancing.policy)) return [];
      const hint = `it is for ${policies.join(" and ")}`;
      return [toFinding(`loadBalancing.${option}`, `the policy is ${loadBalancing.policy}`, hint)];
    });
  },
  ({ endpoints, loadBalancing }) =>
    endpoints === "dynamic" && loadBalancing !== undefined
      ? [toFinding("loadBalancing", "the request's host says where it goes")]
      : [],
  ({ endpoints, dns }) =>
    dns !== undefined && endpoints !== "dynamic" && !(endpoints ?? []).some(({ kind }) => kind === "dns")
      ? [toFinding("dns", "no endpoint has a name")]
      : [],
  ({ protocol, connection }) =>
    connection?.http2 !== undefined && !["http2", "grpc", "auto"].includes(protocol)
      ? [toFinding("connection.http2", `the protocol is ${protocol}`)]
      : [],
];

function toFinding(path: string, why: string, hint?: string): Finding {
  return { code: "no-effect", path, message: `has no effect: ${why}`, hint };
}
