import { decodeToJson, type JsonValue } from "@chancery/envoy-api";
import type { Client } from "@chancery/xds";
import { matchesGlob } from "../glob.ts";
import type { FleetMatch } from "../model/fleet.ts";
import type { Item, Items } from "../model/model.ts";
import { memo } from "../translate/memo.ts";

/** What a fleet is chosen by. */
export type Identity = Pick<Client, "node" | "peer">;

/** The fleet that a client belongs to: of those that fit, that of the highest priority, then the first by name. */
export function fleetOf(fleets: Items<"fleets">, client: Identity): Item<"fleets"> | undefined {
  return byPriority(fleets).find(({ value }) => value.match.some((match) => fits(match, client)));
}

const byPriority: (fleets: Items<"fleets">) => readonly Item<"fleets">[] = memo((fleets) =>
  [...fleets.values()].sort((a, b) => b.value.priority - a.value.priority || (a.name < b.name ? -1 : 1)),
);

/** Whether all that is said is so. */
function fits(match: FleetMatch, client: Identity): boolean {
  return conditions.every((condition) => condition(match, client));
}

type Condition = (match: FleetMatch, client: Identity) => boolean;

const conditions: readonly Condition[] = [
  ({ id }, { node }) => isAs(node.id, id),
  ({ cluster }, { node }) => isAs(node.cluster, cluster),
  ({ locality }, { node }) => {
    const { region, zone, subZone } = locality ?? {};
    const at = node.locality;
    return isAs(at.region, region) && isAs(at.zone, zone) && isAs(at.subZone, subZone);
  },
  ({ metadata = {} }, client) =>
    Object.entries(metadata).every(([path, wanted]) => isValue(valueAt(metadataOf(client), path), wanted)),
  ({ san }, client) => san === undefined || sansOf(client).some((name) => matchesGlob(name, san)),
];

function isAs(text: string, glob: string | undefined): boolean {
  return glob === undefined || matchesGlob(text, glob);
}

function isValue(value: JsonValue | undefined, wanted: string | number | boolean): boolean {
  return typeof value === "string" && typeof wanted === "string" ? matchesGlob(value, wanted) : value === wanted;
}

function metadataOf({ node }: Identity): JsonValue {
  return decodeToJson("google.protobuf.Struct", node.metadata);
}

/** The value at a path such as `labels.team`; keys may have dots themselves. */
function valueAt(value: JsonValue | undefined, path: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries<JsonValue>(value);
  for (const [key, inner] of entries) {
    if (key === path) return inner;
    if (!path.startsWith(`${key}.`)) continue;
    const found = valueAt(inner, path.slice(key.length + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The subject alternative names of a client's verified certificate, such as `spiffe://example.org/edge`. */
function sansOf({ peer }: Identity): readonly string[] {
  const text = peer.certificate?.()?.subjectaltname ?? "";
  return [...text.matchAll(/(?:^|, )[A-Za-z ]+:("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = ""]) =>
    name.startsWith('"') ? unquote(name) : name,
  );
}

/** Node quotes a name that holds a comma or a quote, as JSON does. */
function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
