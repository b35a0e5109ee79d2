// What happens to xDS when a service is offered thrice what it can take, service by service:
// `npm run bench:overload -- [--seconds 60] [--service NAME…] [--markdown|--json]`.
import { parseArgs } from "node:util";
import { buildGo } from "./go.ts";
import { formatNumber } from "./number.ts";
import { type OverloadCase, overloadCases } from "./overload/cases.ts";
import { isPinned } from "./overload/cores.ts";
import { figures, measureOverload, type Outcome } from "./overload/measure.ts";
import { toMarkdown, toTable } from "./table.ts";

const times = 3;
/** What a flood may make of the latency of xDS. */
const most = 2;

const { values: given } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    service: { type: "string", multiple: true },
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
  },
});
const seconds = Number(given.seconds);
if (!(seconds >= 2)) throw new TypeError(`Cannot run for --seconds "${given.seconds}": write a number from 2 on`);
const cases = given.service?.map(caseNamed) ?? overloadCases;

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
const { signal } = interrupted;
const flood = await buildGo("callflood", signal);
if (!isPinned) console.error("There are no two cores, or no taskset: the load takes time from the server");

const outcomes = new Map<string, Outcome>();
for (const of of cases) outcomes.set(of.name, await measureOverload(of, { seconds, times, flood, signal }));
if (given.json) console.log(JSON.stringify(Object.fromEntries(outcomes)));
else print();

function caseNamed(name: string): OverloadCase {
  const found = overloadCases.find((of) => of.name === name);
  if (found !== undefined) return found;
  throw new TypeError(`Cannot flood "${name}": the services are ${overloadCases.map((of) => of.name).join(", ")}`);
}

function print(): void {
  const rows = outcomes.entries().map(([name, outcome]) => {
    const met = outcome["p50 ×"] <= most && outcome["p99 ×"] <= most;
    return [name, ...figures.map((figure) => formatNumber(outcome[figure])), met ? "yes" : "no"];
  });
  const table = [["a second; latencies in ms", ...figures, `both ≤ ${most} ×`], ...rows];
  console.log(given.markdown ? toMarkdown(table, 1) : toTable(table, 1));
}
