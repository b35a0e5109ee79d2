// What a PUT takes in which 2 × 10,000 resources are new: the first one, the next ones at once, and those after a pause, in
// which the server has given memory back. `node --conditions=chancery-source bench/pause.ts [--json]`, when it is built.
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { chancery } from "./contenders.ts";
import { median } from "./median.ts";
import { printMetrics } from "./program.ts";
import { startServer } from "./server.ts";

const count = 10_000;
const atOnce = 5;
const afterPauses = 5;
/** The server takes itself for idle after 1.5 s, and what it does then is over half a second later. */
const pauseMs = 3_000;
const limitMs = 2 * 60_000;

const signal = AbortSignal.timeout(limitMs);
await using server = await startServer(chancery(), signal);
const url = `http://${server.http}/api/v1/snapshots/pause`;

let round = 0;
const first = await put();
const next = await inTurn(atOnce, put);
const afterPause = await inTurn(afterPauses, async () => {
  await sleep(pauseMs, undefined, { signal });
  return put();
});
printMetrics({ first_ms: first, next_p50_ms: median(next), after_pause_p50_ms: median(afterPause) });

/** How long it takes, in ms. */
async function put(): Promise<number> {
  const body = Buffer.from(snapshotText(`round-${round++}`));
  const headers = { "content-type": "application/json", "content-length": body.length };
  const start = performance.now();
  const sent = request(url, { method: "PUT", headers, signal }).end(body);
  const [response]: IncomingMessage[] = await once(sent, "response");
  const ms = performance.now() - start;
  response?.resume();
  if (response?.statusCode !== 200) throw new Error(`The PUT was answered with ${response?.statusCode}`);
  return ms;
}

async function inTurn(times: number, step: () => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (let left = times; left > 0; left--) results.push(await step());
  return results;
}

function snapshotText(prefix: string): string {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(5, "0")}`);
  const edsClusterConfig = { edsConfig: { ads: {}, resourceApiVersion: "V3" } };
  const clusters = names.map((name) => ({ name, type: "EDS", edsClusterConfig, connectTimeout: "1s" }));
  const endpoints = names.map((clusterName, index) => {
    const socketAddress = { address: `10.0.${index >> 8}.${index & 255}`, portValue: 8080 };
    return { clusterName, endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress } } }] }] };
  });
  return JSON.stringify({ resources: { clusters, endpoints } });
}
