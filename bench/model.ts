// What the model costs: `node --conditions=chancery-source bench/model.ts [--quick]` prints Markdown tables; with
// `--routes 5000`, `--layout file` or `--only within|traffic` those of some cases. In-process
// figures are from a file's text to the bytes that streams send; those of traffic from the write of a file (for the first
// load, of all of them) to the first answer of a real Envoy that shows it, Envoy's own work and the 10 ms in it that the
// server waits for quiet included.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { machine } from "./machine.ts";
import type { Layout, ModelSize } from "./model/files.ts";
import type { InProcess } from "./model/in-process.ts";
import { measureTraffic, type Traffic } from "./model/traffic.ts";
import { formatNumber } from "./number.ts";
import { benchDir } from "./paths.ts";
import { type Row, toMarkdown } from "./table.ts";

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    routes: { type: "string" },
    layout: { type: "string" },
    only: { type: "string" },
  },
});
const layouts = (["folder", "file"] as const).filter((layout): layout is Layout => (given.layout ?? layout) === layout);
const sizes = [
  { routes: 1000, endpoints: 2 },
  { routes: 5000, endpoints: 2 },
  { routes: 10_000, endpoints: 5 },
].filter(({ routes }) => `${routes}` === (given.routes ?? (given.quick ? "1000" : `${routes}`)));

const controller = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
const cases = sizes.flatMap((size) => layouts.map((layout) => ({ ...size, layout })));

const [within, throughEnvoy] = ["within", "traffic"].map((part) => (given.only ?? part) === part);
if (cases.length === 0 || !(within || throughEnvoy)) throw new TypeError("Nothing is measured with these options");

const inProcess: Row[] = [];
for (const size of within ? cases : [])
  inProcess.push([...describe(size), ...rowOf(await runInProcess(size), inProcessColumns())]);
const traffic: Row[] = [];
for (const size of throughEnvoy ? cases : []) {
  const limit = AbortSignal.any([controller.signal, AbortSignal.timeout(180_000)]);
  traffic.push([...describe(size), ...rowOf(await measureTraffic(size, limit), trafficColumns())]);
}
console.error(machine());
const tables = [
  ...(within ? [[headerOf(inProcessColumns()), ...inProcess]] : []),
  ...(throughEnvoy ? [[headerOf(trafficColumns()), ...traffic]] : []),
];
console.log(tables.map((table) => toMarkdown(table, 3)).join("\n\n"));

function headerOf(columns: readonly (readonly [key: string, label: string])[]): Row {
  return ["routes", "endpoints", "layout", ...columns.map(([, label]) => label)];
}

function describe({ routes, endpoints, layout }: ModelSize): Row {
  return [`${routes}`, `${routes * endpoints}`, layout === "file" ? "one file" : "a file each"];
}

type Columns<T> = readonly (readonly [key: keyof T, label: string])[];

function inProcessColumns(): Columns<InProcess> {
  return [
    ["load_cpu_ms", "first load, CPU ms"],
    ["rule_p50_ms", "a rule, p50 ms"],
    ["rule_p99_ms", "p99 ms"],
    ["endpoint_p50_ms", "an endpoint, p50 ms"],
    ["endpoint_p99_ms", "p99 ms"],
    ["route_p50_ms", "a route comes or goes, p50 ms"],
    ["route_p99_ms", "p99 ms"],
    ["rss_mb", "memory, MB"],
  ];
}

function trafficColumns(): Columns<Traffic> {
  return [
    ["load_ms", "first load, ms"],
    ["rule_p50_ms", "a rule, p50 ms"],
    ["rule_max_ms", "max ms"],
    ["endpoint_p50_ms", "an endpoint, p50 ms"],
    ["endpoint_max_ms", "max ms"],
    ["failed", "failed while a route appears"],
    ["rss_mb", "server memory, MB"],
  ];
}

function rowOf<T extends { readonly [K in keyof T]: number }>(figures: T, columns: Columns<T>): Row {
  return columns.map(([key]) => formatNumber(figures[key]));
}

async function runInProcess(size: ModelSize): Promise<InProcess> {
  const script = join(benchDir, "model", "in-process.ts");
  // The space for new objects is as the program has it.
  const args = ["--max-semi-space-size=2", "--conditions=chancery-source", script, JSON.stringify(size)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal: controller.signal });
  return JSON.parse(stdout);
}
