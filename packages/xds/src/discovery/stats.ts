import type { ResourceType } from "../resource/type.ts";
import { opaqueType, typeOf } from "../resource/type.ts";
import type { DiscoveryEvent } from "./client.ts";
import type { Limits } from "./limits.ts";

/** Counts since the start, of one type. */
export interface TypeStats {
  responses: number;
  responseBytes: number;
  acks: number;
  nacks: number;
  /** SotW requests that answered an older response than the last. */
  stale: number;
}

/** What has happened to all clients since the start. */
export class DiscoveryStats {
  /** Streams that were opened, and closed. */
  open = 0;
  close = 0;
  /** Streams that ended because they went beyond a limit, by its name. */
  readonly limited: Partial<Record<keyof Limits, number>> = {};
  readonly #types = new Map<ResourceType, TypeStats>();

  get types(): ReadonlyMap<ResourceType, Readonly<TypeStats>> {
    return this.#types;
  }

  /** @internal */
  countLimited(limit: keyof Limits): void {
    this.limited[limit] = (this.limited[limit] ?? 0) + 1;
  }

  /** @internal */
  count(event: DiscoveryEvent): void {
    if (event.kind === "open" || event.kind === "close") {
      this[event.kind]++;
      return;
    }
    const stats = this.#of(event.type);
    if (event.kind === "ack") stats.acks++;
    else if (event.kind === "nack") stats.nacks++;
    else if (event.kind === "stale") stats.stale++;
    else {
      stats.responses++;
      stats.responseBytes += event.size;
    }
  }

  #of(named: ResourceType): TypeStats {
    const type = typeOf(named.typeUrl) ?? otherTypes;
    const known = this.#types.get(type) ?? { responses: 0, responseBytes: 0, acks: 0, nacks: 0, stale: 0 };
    this.#types.set(type, known);
    return known;
  }
}

/** Types without a discovery service are counted together: their names are the clients' choice. */
const otherTypes = opaqueType("other");
