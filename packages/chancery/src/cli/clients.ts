import { z } from "zod";
import { type ClientStatus, clientStatus } from "../admin/client-status.ts";
import { fleetOfLayers } from "../fleets/groups.ts";
import { escapeControls } from "../text-safety.ts";
import { getJson, httpOption, readHttpAddress } from "./api.ts";
import { defineCommand, UsageError } from "./command.ts";
import { formatTable } from "./table.ts";

export const clientsCommand = defineCommand({
  name: "clients",
  summary: "Show which Envoys are connected, and whether they have their configuration",
  usage: "clients [OPTIONS]",
  description:
    "One line for each node: the fleet that it belongs to, the version that it took, how many of the types that it asked for are in sync, and what " +
    "it refused last, until it takes something of that type.",
  examples: [
    { command: "chancery clients", what: "all nodes" },
    { command: "chancery clients --node 'edge-*' --format json", what: "everything there is to know of some" },
  ],
  options: {
    http: httpOption,
    node: { type: "string", value: "GLOB", help: "Only nodes with such an id; * stands for any characters" },
    format: { type: "string", default: "table", value: "table|json", help: "How to write it" },
  },
  async run({ values, positionals }, io) {
    if (positionals.length > 0) throw new UsageError(`Unknown argument "${positionals[0]}"`);
    const { http, node, format } = values;
    if (format !== "table" && format !== "json") {
      throw new UsageError(`Cannot write format "${format}": it would have to be table or json`);
    }
    const request = { path: "/api/v1/clients", query: { node }, signal: io.signal };
    const clients = await getJson(readHttpAddress(http), request, z.array(clientStatus));
    if (format === "json") io.stdout.write(`${JSON.stringify(clients, undefined, 2)}\n`);
    else if (clients.length === 0) io.stderr.write(`No ${node === undefined ? "client" : "such node"} is connected\n`);
    else io.stdout.write(formatClients(clients, Date.now()));
    return 0;
  },
});

/** The table of nodes; a node may have several streams. */
export function formatClients(clients: readonly ClientStatus[], nowMs: number): string {
  const nodes = [...Map.groupBy(clients, ({ node }) => node.id)];
  const rows = nodes.map(([id, streams]) => {
    const types = streams.flatMap(({ types }) => types);
    const [first] = streams;
    const who = [id, first?.node.cluster ?? "", fleetIn(first?.group ?? "")];
    return [...who, versionOf(types), syncOf(types), lastNack(types, nowMs)].map(toCell);
  });
  return formatTable([["NODE", "CLUSTER", "FLEET", "VERSION", "IN SYNC", "LAST NACK"], ...rows]);
}

function fleetIn(group: string): string {
  const fleet = fleetOfLayers(group);
  return fleet === undefined ? "" : fleet === "none" ? "(none)" : fleet.name;
}

type Types = ClientStatus["types"];

const longest = 100;

function toCell(text: string): string {
  const line = escapeControls(text) || "-";
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** One version if all types have the same, as when the snapshot was given one. */
function versionOf(types: Types): string {
  const versions = new Set(types.flatMap(({ acked }) => acked?.version ?? []));
  return versions.size > 1 ? `${versions.size} versions` : [...versions].join();
}

function syncOf(types: Types): string {
  const behind = types.filter(({ inSync }) => !inSync).map(({ type }) => type);
  const sum = `${types.length - behind.length} of ${types.length}`;
  return behind.length === 0 ? sum : `${sum}, not ${[...new Set(behind)].join(", ")}`;
}

function lastNack(types: Types, nowMs: number): string {
  const nacks = types.flatMap(({ type, nacked }) => (nacked === undefined ? [] : { type, ...nacked }));
  const last = nacks.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).at(-1);
  if (last === undefined) return "";
  return `${last.type} ${last.version}, ${formatAge(nowMs - Date.parse(last.at))} ago: ${last.message}`;
}

/** Such as `12 s`, `5 min`, `3 h` or `2 d`. */
function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
