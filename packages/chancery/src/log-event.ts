import type { Client, DiscoveryEvent, ResourceType } from "@chancery/xds";
import type { LineLimit } from "./line-limit.ts";
import type { Logger } from "./logs.ts";

/** The places in the configuration that resources of a group were made from. */
export type PlacesOf = (group: string, type: ResourceType, names: readonly string[]) => readonly string[];

/** What events are logged with. */
export interface EventLog {
  readonly log: Logger;
  readonly lines: LineLimit;
  readonly placesOf: PlacesOf;
}

/** So many are named in a line. */
const maxPlaces = 3;

/** Logs what happens between clients and server: connections, and what clients say about their configuration. */
export function logEvent(event: DiscoveryEvent, { log, lines, placesOf }: EventLog): void {
  const { client } = event;
  if (event.kind === "open" || event.kind === "close") {
    const what = event.kind === "open" ? "connected" : "left";
    lines.write(what, () => log.info(fieldsOf(client), `${nameOf(client)} ${what} (${client.method})`));
  } else if (event.kind === "nack") {
    lines.write("refused what they were sent", () => logNack(event, { log, placesOf }));
  } else if (event.kind === "ack" || event.kind === "sent") {
    if (!log.isLevelEnabled("debug")) return;
    const { type, version, nonce } = event;
    const what = event.kind === "ack" ? "took" : "was sent";
    const fields = { ...fieldsOf(client), type: type.key, version, nonce };
    log.debug(fields, `${nameOf(client)} ${what} ${type.key} version "${version}"`);
  }
}

function logNack(event: Nack, { log, placesOf }: Pick<EventLog, "log" | "placesOf">): void {
  const { client, type, version, nonce, error, resources, culprits } = event;
  const places = placesOf(client.group.split("+")[0] ?? "", type, culprits.length > 0 ? culprits : resources);
  const fields = {
    ...{ ...fieldsOf(client), type: type.key, version, nonce, code: error.code, reason: error.message },
    ...(places.length > 0 && { places }),
  };
  const from = places.length === 0 ? "" : `; see ${places.slice(0, maxPlaces).join(", ")}`;
  log.warn(fields, `${nameOf(client)} refused ${type.key} version "${version}": ${error.message}${from}`);
}

type Nack = Extract<DiscoveryEvent, { readonly kind: "nack" }>;

function fieldsOf({ node, peer, method }: Client) {
  return { node: node.id, cluster: node.cluster, peer: `${peer.address}:${peer.port}`, method };
}

function nameOf({ node }: Client): string {
  return `Envoy "${node.id}"`;
}
