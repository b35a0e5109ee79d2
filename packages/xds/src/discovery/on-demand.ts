import { bodyOf, hasBody, type Resource, toResource } from "../resource/resource.ts";
import type { ResourceType } from "../resource/type.ts";
import type { Groups, Snapshots } from "../snapshot/snapshots.ts";
import type { Client } from "./client.ts";

/** Finds resources that no snapshot has when a client asks for them by name: virtual hosts, clusters, endpoints. */
export interface OnDemandOptions {
  /** The keys of the types that are looked for, such as `virtualHosts`. */
  readonly types: readonly string[];
  /**
   * The resources of these names; a name that none of them has, also as an alias, does not exist. If it rejects, the
   * names are said not to exist, and are looked for again when they are next asked for.
   */
  resolve(client: Client, type: ResourceType, names: readonly string[]): Promise<readonly Resource[]>;
  /** How long a name that does not exist is not looked for again. Default: 10 s. */
  readonly missingMs?: number;
  /** How many names are remembered for a group. Default: 10,000. */
  readonly maxNames?: number;
}

/**
 * Looks names up, once for all clients of the same groups, and keeps what was found as the lowest layer of theirs: a
 * snapshot that has the name goes before.
 */
export class OnDemand {
  readonly #options: OnDemandOptions;
  readonly #snapshots: Snapshots;
  readonly #lookups = new Map<string, Promise<void>>();
  /** Names by layer that were looked for, and until when they count as missing; oldest first. */
  readonly #known = new Map<string, Map<string, number>>();

  constructor(options: OnDemandOptions, snapshots: Snapshots) {
    this.#options = options;
    this.#snapshots = snapshots;
  }

  readonly resolves = (type: ResourceType): boolean => this.#options.types.includes(type.key);

  /** The groups with what was found for them. */
  layersOf(groups: Groups): readonly string[] {
    const list = typeof groups === "string" ? [groups] : groups;
    return [layerOf(list), ...list];
  }

  /**
   * Resolves when each name has been found, or is known not to exist; undefined if that is known already. `layers` are
   * those of `layersOf`.
   */
  look(client: Client, layers: readonly string[], wanted: Wanted): Promise<unknown> | undefined {
    const [layer = ""] = layers;
    const { type } = wanted;
    const now = performance.now();
    const known = this.#known.get(layer) ?? new Map<string, number>();
    this.#known.set(layer, known);
    const fresh = wanted.names.filter((name) => (known.get(keyOf(type, name)) ?? 0) < now);
    if (fresh.length === 0) return undefined;
    const started = fresh.filter((name) => !this.#lookups.has(`${layer}\0${keyOf(type, name)}`));
    if (started.length > 0) {
      const lookup = this.#find(client, layer, { type, names: started });
      for (const name of started) this.#lookups.set(`${layer}\0${keyOf(type, name)}`, lookup);
    }
    return Promise.all(fresh.map((name) => this.#lookups.get(`${layer}\0${keyOf(type, name)}`)));
  }

  async #find(client: Client, layer: string, { type, names }: Wanted): Promise<void> {
    const { resolve, missingMs = 10_000 } = this.#options;
    const found = await resolve(client, type, names).catch(() => undefined);
    this.#snapshots.update(layer, (tx) => {
      for (const resource of found ?? []) tx.set(onDemand(resource));
    });
    const known = this.#known.get(layer);
    for (const name of names) {
      this.#lookups.delete(`${layer}\0${keyOf(type, name)}`);
      if (found !== undefined) known?.set(keyOf(type, name), performance.now() + missingMs);
    }
    this.#forgetOldest(layer, type);
  }

  /** Clients choose the names, so that their number has a bound: the oldest go. */
  #forgetOldest(layer: string, type: ResourceType): void {
    const { maxNames = 10_000 } = this.#options;
    const known = this.#known.get(layer);
    const excess = [...(known?.keys() ?? [])].slice(0, Math.max(0, (known?.size ?? 0) - maxNames));
    if (excess.length === 0) return;
    this.#snapshots.update(layer, (tx) => {
      for (const key of excess) {
        known?.delete(key);
        tx.delete(type.typeUrl, key.slice(key.indexOf("\0") + 1));
      }
    });
  }
}

interface Wanted {
  readonly type: ResourceType;
  readonly names: readonly string[];
}

function layerOf(groups: readonly string[]): string {
  return `on demand: ${groups.join("+")}`;
}

function keyOf(type: ResourceType, name: string): string {
  return `${type.key}\0${name}`;
}

function onDemand(resource: Resource): Resource {
  const { typeUrl, name, aliases, ttlMs } = resource;
  const body = hasBody(resource) ? bodyOf(resource) : undefined;
  return toResource({ typeUrl, name, aliases, body, onDemand: true, ...(ttlMs !== undefined && { ttlMs }) });
}
