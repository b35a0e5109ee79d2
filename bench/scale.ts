// How many Envoys a replica holds, and how many replicas a fleet takes, from what things cost:
// `node bench/scale.ts --help`. The figures to begin with are those of docs/performance.md.
import { parseArgs } from "node:util";
import { type Row, toMarkdown } from "./table.ts";

/** What one replica pays. */
export interface Costs {
  /** Resident memory without streams, the resources included. */
  readonly processMb: number;
  /** Memory of a client with its connection. */
  readonly streamKb: number;
  /** CPU of a client that connects and gets everything. */
  readonly connectMs: number;
  /** CPU of one change for each client that gets it, its ACK included. */
  readonly updateUs: number;
}

/** What one replica may use. */
export interface Budget {
  readonly memoryMb: number;
  /** The part of a core for changes, so that the rest is there for what comes suddenly. */
  readonly share: number;
  /** The time in which all its clients are to be back after it was gone. */
  readonly stormSeconds: number;
}

/** The most clients of a replica by each limit; the least of them counts. */
export function clientsPerReplica(costs: Costs, budget: Budget, changesPerSecond: number) {
  const { processMb, streamKb, connectMs, updateUs } = costs;
  const { memoryMb, share, stormSeconds } = budget;
  return {
    memory: Math.floor(((memoryMb - processMb) * 1024) / streamKb),
    reconnects: Math.floor((stormSeconds * 1000) / connectMs),
    changes: Math.floor((share * 1_000_000) / (changesPerSecond * updateUs)),
  };
}

/** With one more than it takes, so that one may be gone. */
export function replicasFor(fleet: number, clients: number): number {
  return Math.ceil(fleet / clients) + 1;
}

const fleets = [10_000, 100_000, 1_000_000];
const rates = [0.1, 1, 10];

export function scaleTable(costs: Costs, budget: Budget): string {
  const head: Row = ["changes a second, to all", "clients a replica", "limited by", ...fleets.map(formatCount)];
  const rows = rates.map((rate): Row => {
    const [[limit, clients] = ["", 0]] = Object.entries(clientsPerReplica(costs, budget, rate)).sort(
      ([, a], [, b]) => a - b,
    );
    const replicas = fleets.map((fleet) => formatCount(replicasFor(fleet, clients)));
    return [String(rate), formatCount(clients), limit, ...replicas];
  });
  return toMarkdown([head, ...rows], 3);
}

function formatCount(count: number): string {
  return count.toLocaleString("en");
}

const options = {
  "process-mb": { type: "string", default: "60" },
  "stream-kb": { type: "string", default: "12" },
  "connect-ms": { type: "string", default: "0.34" },
  "update-us": { type: "string", default: "30" },
  "memory-mb": { type: "string", default: "4096" },
  share: { type: "string", default: "0.5" },
  "storm-seconds": { type: "string", default: "30" },
  help: { type: "boolean", short: "h", default: false },
} as const;

function main(): void {
  const { values } = parseArgs({ options });
  if (values.help) {
    const flags = Object.entries(options).flatMap(([name, { default: value }]) => (value ? `--${name} ${value}` : []));
    console.log(`node bench/scale.ts ${flags.join(" ")}`);
    return;
  }
  const read = (name: Exclude<keyof typeof values, "help">): number => {
    const value = Number(values[name]);
    if (value > 0) return value;
    throw new TypeError(`Cannot read --${name} "${values[name]}": write a number above 0`);
  };
  const costs = {
    processMb: read("process-mb"),
    streamKb: read("stream-kb"),
    connectMs: read("connect-ms"),
    updateUs: read("update-us"),
  };
  console.log(
    scaleTable(costs, { memoryMb: read("memory-mb"), share: read("share"), stormSeconds: read("storm-seconds") }),
  );
}

if (import.meta.main) main();
