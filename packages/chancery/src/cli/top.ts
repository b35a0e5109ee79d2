import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import type { Address } from "../address.ts";
import { ChanceryError } from "../errors.ts";
import { type LoadBy, type LoadRow, loadBys, loadRow } from "../services/load/api.ts";
import { escapeControls } from "../text-safety.ts";
import { getJson, httpOption, readHttpAddress } from "./api.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { oneOf } from "./one-of.ts";
import { formatTable } from "./table.ts";

const sorts = ["requests", "errors", "in-flight", "dropped", "name"] as const;

export const topCommand = defineCommand({
  name: "top",
  summary: "Show which clusters get how much traffic, and how it fares",
  usage: "top [OPTIONS]",
  description:
    "Of Envoys that report their load: see bootstrap --load-reports. On a terminal the table is renewed until Ctrl-C, " +
    "elsewhere it is written once.",
  examples: [
    { command: "chancery top", what: "all clusters, the busiest first" },
    { command: "chancery top --by endpoint --cluster shop --sort errors", what: "which endpoint fails" },
    { command: "chancery top --by edge --format json", what: "who sends to whom, once" },
  ],
  options: {
    http: httpOption,
    by: { type: "string", value: "WHAT", default: "cluster", help: `One line for each ${loadBys.join(", ")}` },
    sort: { type: "string", value: "COLUMN", default: "requests", help: `By ${sorts.join(", ")}` },
    cluster: { type: "string", value: "GLOB", help: "Only upstream clusters of such a name; * stands for anything" },
    node: { type: "string", value: "GLOB", help: "Only what nodes with such an id send" },
    "node-cluster": { type: "string", value: "GLOB", help: "Only what nodes of such a cluster send" },
    interval: { type: "string", value: "SECONDS", default: "2", help: "How often the table is renewed" },
    once: { type: "boolean", help: "Write the table once, also on a terminal" },
    format: { type: "string", default: "table", value: "table|json", help: "How to write it; json is written once" },
  },
  async run({ values, positionals }, io) {
    if (positionals.length > 0) throw new UsageError(`Unknown argument "${positionals[0]}"`);
    const { http, node, cluster, "node-cluster": nodeCluster, once, format } = values;
    const by = oneOf("by", values.by, loadBys);
    const sort = oneOf("sort", values.sort, sorts);
    const intervalMs = readSeconds(values.interval) * 1_000;
    if (format !== "table" && format !== "json") {
      throw new UsageError(`Cannot write format "${format}": it would have to be table or json`);
    }
    const address = readHttpAddress(http);
    const query = { by, node, cluster, nodeCluster };
    const read = async () => sortRows(await readRows(address, query, io), sort);
    if (format === "json") io.stdout.write(`${JSON.stringify(await read(), undefined, 2)}\n`);
    else if (once || !isTerminal(io.stdout)) io.stdout.write(formatLoad(await read(), by));
    else await renew(io, async () => formatLoad(await read(), by), intervalMs);
    return 0;
  },
});

type Sort = (typeof sorts)[number];

function readRows(address: Address, query: Readonly<Record<string, string | undefined>>, io: Io): Promise<LoadRow[]> {
  return getJson(address, { path: "/api/v1/load", query, signal: io.signal }, z.array(loadRow));
}

/** The largest first; what is equal stays in the order of its names. */
export function sortRows(rows: readonly LoadRow[], sort: Sort): LoadRow[] {
  const numbers: Record<Sort, (row: LoadRow) => number> = {
    requests: ({ requestsPerSecond }) => requestsPerSecond,
    errors: ({ errorsPerSecond }) => errorsPerSecond,
    "in-flight": ({ inFlight }) => inFlight,
    dropped: ({ droppedPerSecond = 0 }) => droppedPerSecond,
    name: () => 0,
  };
  const read = numbers[sort];
  return rows.toSorted((a, b) => read(b) - read(a));
}

/** The table of load; a message if there is none. */
export function formatLoad(rows: readonly LoadRow[], by: LoadBy): string {
  if (rows.length === 0)
    return "No node has reported load like that yet; Envoys do after chancery bootstrap --load-reports\n";
  const names = nameColumns[by];
  const columns = by === "locality" || by === "endpoint" ? numberColumns.slice(0, -1) : numberColumns;
  const cells = rows.map((row) => [
    ...names.map(([, read]) => escapeControls(read(row)) || "-"),
    ...columns.map(([, read]) => read(row)),
  ]);
  return formatTable([[...names, ...columns].map(([heading]) => heading), ...cells]);
}

type Column = readonly [heading: string, read: (row: LoadRow) => string];

const cluster: Column = ["CLUSTER", (row) => row.cluster];
const from: Column = ["FROM", ({ nodeCluster = "" }) => nodeCluster];
const locality: Column = [
  "LOCALITY",
  ({ locality: { region, zone, subZone } = { region: "", zone: "", subZone: "" } }) =>
    [region, zone, subZone].filter(Boolean).join("/"),
];
const priority: Column = ["PRIORITY", (row) => String(row.priority ?? 0)];

const nameColumns: Readonly<Record<LoadBy, readonly Column[]>> = {
  cluster: [cluster],
  edge: [from, cluster],
  node: [["NODE", ({ node = "" }) => node], from, cluster],
  locality: [cluster, locality, priority],
  endpoint: [cluster, ["ENDPOINT", ({ endpoint = "" }) => endpoint], locality],
};

const numberColumns: readonly Column[] = [
  ["NODES", ({ nodes }) => String(nodes)],
  ["REQUESTS/S", ({ requestsPerSecond }) => formatRate(requestsPerSecond)],
  ["ERRORS/S", ({ errorsPerSecond }) => formatRate(errorsPerSecond)],
  ["ERRORS", ({ errorShare }) => `${formatRate(errorShare * 100)} %`],
  ["IN FLIGHT", ({ inFlight }) => String(inFlight)],
  ["DROPPED/S", ({ droppedPerSecond = 0 }) => formatRate(droppedPerSecond)],
];

function formatRate(rate: number): string {
  return rate === 0 ? "0" : rate >= 100 ? String(Math.round(rate)) : rate.toPrecision(3);
}

/** Shows the text that `read` makes again and again, in the same place, until it is told to end. */
async function renew(io: Io, read: () => Promise<string>, intervalMs: number): Promise<void> {
  const { signal } = io;
  while (!signal.aborted) {
    const text = await read().catch((error: unknown) => {
      // A control plane that is gone for a moment is no reason to go too.
      if (error instanceof ChanceryError) return `${error.message}\n`;
      if (signal.aborted) return "";
      throw error;
    });
    if (signal.aborted) break;
    const lines = text.split("\n").slice(0, Math.max(1, heightOf(io.stdout) - 1));
    io.stdout.write(`${home}${lines.map((line) => line + restOfLine).join("\n")}${restOfScreen}`);
    await setTimeout(intervalMs, undefined, { signal }).catch(() => {});
  }
}

const home = "\u001b[H";
const restOfLine = "\u001b[K";
const restOfScreen = "\u001b[J";

function isTerminal(stream: Io["stdout"]): boolean {
  return "isTTY" in stream && stream.isTTY === true;
}

function heightOf(stream: Io["stdout"]): number {
  // A terminal that does not know its size says 0.
  return "rows" in stream && typeof stream.rows === "number" && stream.rows > 0 ? stream.rows : 24;
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 3_600) return seconds;
  throw new UsageError(`Cannot read --interval "${text}": write seconds, from 0.1 to 3600`);
}
