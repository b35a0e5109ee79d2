import type { Address } from "../address.ts";
import { type Bootstrap, connectionLimit, toAddress } from "../bootstrap/bootstrap.ts";
import type { ItemProblem } from "../model/model.ts";
import { keepParts } from "./control-plane-parts.ts";
import type { Draft } from "./draft.ts";
import { toStaticResources } from "./static.ts";
import type { FleetTranslation } from "./translator.ts";

export interface StaticOptions {
  /** The node id; the name of the fleet by default. */
  readonly nodeId?: string | undefined;
  /** Where Envoy's admin interface listens; without it there is none. */
  readonly admin?: Address | undefined;
  /** A control plane that access logs and traces are still sent to; without one they are left out. */
  readonly controlPlane?: Address | undefined;
}

export interface StaticBootstrap {
  /** As proto3 JSON. */
  readonly bootstrap: Bootstrap;
  /** What it is made of. */
  readonly kept: readonly Draft[];
  /** What is left out, since it needs a control plane. */
  readonly problems: readonly ItemProblem[];
}

/** All that the Envoys of a fleet get, as the bootstrap of an Envoy that runs by itself. */
export function toStaticBootstrap(translation: FleetTranslation, options: StaticOptions = {}): StaticBootstrap {
  const { fleet, drafts } = translation;
  const { nodeId = fleet.name, admin, controlPlane } = options;
  const kept = keepParts([...drafts.values()], { fleet, controlPlane });
  const { clusters, ...resources } = toStaticResources(kept.drafts);
  return {
    bootstrap: {
      ...frameOf({ nodeId, cluster: fleet.name, admin }),
      staticResources: { ...resources, clusters: [...clusters, ...kept.clusters] },
    },
    kept: kept.drafts,
    problems: kept.problems,
  };
}

/** What a bootstrap has beside resources. */
export function frameOf(about: {
  readonly nodeId: string;
  readonly cluster: string;
  readonly admin: Address | undefined;
}): Bootstrap {
  const { nodeId, cluster, admin } = about;
  return {
    node: { id: nodeId, cluster },
    ...(admin && { admin: { address: toAddress(admin) } }),
    overloadManager: { resourceMonitors: [connectionLimit] },
  };
}
