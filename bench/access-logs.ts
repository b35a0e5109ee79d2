// What access logs cost our server, and what a flood of them does to xDS: `node --conditions=chancery-source
// bench/access-logs.ts [--json]`, after a build. Loss is counted on both sides: what does not add up is an error.

import { readCounts } from "./access-logs/counts.ts";
import { startSender } from "./access-logs/sender.ts";
import { chancery } from "./contenders.ts";
import { printAims } from "./goal-lines.ts";
import { measureLatencies } from "./overload/latency.ts";
import { percentile } from "./percentile.ts";
import { printMetrics } from "./program.ts";
import { startServer } from "./server.ts";

const streams = 8;
const secondsOfLoad = 10;
const secondsOfFlood = 20;

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
await using server = await startServer(chancery(), interrupted.signal);

const before = await readCounts(server);
const sent = await startSender(server, { streams, seconds: secondsOfLoad }).ended;
const after = await readCounts(server);
requireSum(sent.entries, after.taken + after.dropped);
const cpuSeconds = after.cpuSeconds - before.cpuSeconds;

const quiet = await measureLatencies(server, { seconds: secondsOfFlood });
const rate = 3 * (after.taken / secondsOfLoad);
const flood = startSender(server, { streams, seconds: secondsOfFlood, entriesPerSecond: rate });
const flooded = await measureLatencies(server, { seconds: secondsOfFlood - 2 });
const shed = await flood.ended;
const last = await readCounts(server);
requireSum(sent.entries + shed.entries, last.taken + last.dropped);

const figures = {
  "entries per second of CPU": after.taken / cpuSeconds,
  "µs of CPU per entry": (cpuSeconds / after.taken) * 1e6,
  "entries per second": after.taken / secondsOfLoad,
  "lost of these": after.dropped,
  "flood: entries per second offered": (shed.entries + shed.heldBack) / secondsOfFlood,
  "flood: taken per second": (last.taken - after.taken) / secondsOfFlood,
  "flood: lost in the server": last.dropped - after.dropped,
  "flood: held back, and so lost in Envoy": shed.heldBack,
  "xDS latency when quiet, p50 ms": percentile(quiet, 0.5),
  "xDS latency when quiet, p99 ms": percentile(quiet, 0.99),
  "xDS latency in the flood, p50 ms": percentile(flooded, 0.5),
  "xDS latency in the flood, p99 ms": percentile(flooded, 0.99),
  "ratio of p50": percentile(flooded, 0.5) / percentile(quiet, 0.5),
  "ratio of p99": percentile(flooded, 0.99) / percentile(quiet, 0.99),
};
printMetrics(figures);
printAims(figures, [
  { figure: "entries per second of CPU", atLeast: 50_000 },
  { figure: "ratio of p50", atMost: 2 },
  { figure: "ratio of p99", atMost: 2 },
]);

function requireSum(sent: number, told: number): void {
  if (sent !== told) throw new Error(`${sent} entries were sent, but ${told} are taken or counted as lost`);
}
