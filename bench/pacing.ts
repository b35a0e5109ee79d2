// How long a small update waits while 2 MB go to each of 1,000 other streams, without TLS and with it:
// `node --conditions=chancery-source bench/pacing.ts [--json]`. The streams are read by processes of their own.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import { setTimeout } from "node:timers/promises";
import { WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import { Snapshots, toResource, toSnapshot, XdsServer } from "@chancery/xds";
import { PREFIX_BYTES, packMessage, toFrame } from "../packages/xds/src/grpc/frame.ts";
import { issue, makeCa } from "../packages/xds/src/grpc/testdata/certificates.ts";
import { printMetrics } from "./program.ts";

const streams = 1_000;
const bigBytes = 2_000_000;
const rounds = 2;
const smallEveryMs = 10;
const quietMs = 2_000;
const typeUrl = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const method = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
/** Field numbers of a request, of the node in it, and of a response. */
const field = { node: 2, nodeId: 1, typeUrl: 4, nonce: 5, version: 1 } as const;
/** Nonce and version stand in front, in so many bytes of a message. */
const headBytes = 64;

const [role, ...given] = process.argv.slice(2);
if (role === "read") await read(given);
else printMetrics({ ...(await measure("plain")), ...(await measure("tls")) });

async function measure(security: "plain" | "tls"): Promise<Record<string, number>> {
  const snapshots = new Snapshots();
  const ca = makeCa("bench");
  const grpc = security === "tls" ? { tls: issue(ca, "server", "IP:127.0.0.1") } : {};
  await using server = new XdsServer({ snapshots, grpc });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const origin = `${security === "tls" ? "https" : "http"}://127.0.0.1:${port}`;

  let dueMs = nowMs();
  const setBig = (round: number) => snapshots.set("big", snapshotOf(bigBytes, `${round}`));
  /** Says when the update was due: one that the server is late with has waited since then. */
  const setSmall = () => snapshots.set("small", snapshotOf(100, dueMs.toFixed(3)));
  setBig(0);
  setSmall();
  await using fleet = await startReader(origin, "big", streams);
  await using other = await startReader(origin, "small", 1);

  let delaysMs: number[] = [];
  other.process.on("message", (version: string) => delaysMs.push(nowMs() - Number(version)));
  dueMs = nowMs();
  const ticking = setInterval(() => {
    dueMs += smallEveryMs;
    setSmall();
    while (dueMs + smallEveryMs <= nowMs()) dueMs += smallEveryMs;
  }, smallEveryMs);
  await setTimeout(quietMs);
  const quiet = summary(`${security}_quiet`, delaysMs);
  delaysMs = [];
  const turns = watchTurns();
  const startMs = nowMs();
  for (let round = 1; round <= rounds; round++) {
    const read = once(fleet.process, "message");
    setBig(round);
    await read;
  }
  const fanoutMs = (nowMs() - startMs) / rounds;
  clearInterval(ticking);
  const longestTurnMs = turns.stop();
  return {
    ...quiet,
    ...summary(`${security}_fanout`, delaysMs),
    [`${security}_fanout_ms`]: fanoutMs,
    [`${security}_longest_turn_ms`]: longestTurnMs,
  };
}

function snapshotOf(bytes: number, version: string) {
  const body = new WireWriter().tag(1, WireType.Bytes).string("service");
  // A field that no Envoy knows, which nobody reads here.
  body.tag(1000, WireType.Bytes).bytes(Buffer.alloc(bytes, version));
  return toSnapshot([toResource({ typeUrl, name: "service", body: body.finish() })], { version });
}

function summary(name: string, delaysMs: readonly number[]): Record<string, number> {
  const sorted = delaysMs.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN;
  return { [`${name}_p50_ms`]: at(0.5), [`${name}_p99_ms`]: at(0.99), [`${name}_max_ms`]: at(1) };
}

/**
 * Finds the turn of the event loop that took the most CPU time, which is what an update has to wait for at most about
 * twice: other processes on the machine do not count.
 */
function watchTurns(): { stop(): number } {
  let longestUs = 0;
  let last = process.threadCpuUsage();
  let watching = true;
  const look = () => {
    const { user, system } = process.threadCpuUsage(last);
    last = process.threadCpuUsage();
    longestUs = Math.max(longestUs, user + system);
    if (watching) setImmediate(look);
  };
  setImmediate(look);
  return {
    stop() {
      watching = false;
      return longestUs / 1000;
    },
  };
}

/** On a clock that all processes share. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

interface Reader extends AsyncDisposable {
  /** Sends the version each time that all its streams have had a response. */
  readonly process: ChildProcess;
}

/** Starts a process that holds streams of a node, each with its own connection; resolves when all have their first response. */
async function startReader(origin: string, node: string, count: number): Promise<Reader> {
  const child = fork(import.meta.filename, ["read", origin, node, String(count)]);
  const closed = once(child, "close");
  await Promise.race([once(child, "message"), closed.then(() => Promise.reject(new Error("The reader has ended")))]);
  return {
    process: child,
    async [Symbol.asyncDispose]() {
      child.kill();
      await closed;
    },
  };
}

async function read([origin = "", node = "", count = "1"]: readonly string[]): Promise<void> {
  let responses = 0;
  for (let opened = 0; opened < Number(count); opened++) {
    openStream(origin, node, (version) => {
      if (++responses % Number(count) === 0) process.send?.(version);
    });
    if (opened % 50 === 0) await setTimeout(20);
  }
}

function openStream(origin: string, node: string, onResponse: (version: string) => void): void {
  const windowBytes = 16 * 1024 * 1024;
  const session = connect(origin, { rejectUnauthorized: false, settings: { initialWindowSize: windowBytes } });
  session.on("connect", () => session.setLocalWindowSize(windowBytes));
  const headers = { ":method": "POST", ":path": method, "content-type": "application/grpc", te: "trailers" };
  const stream = session.request(headers);
  const nodeBytes = new WireWriter().tag(field.nodeId, WireType.Bytes).string(node).finish();
  const first = new WireWriter().tag(field.node, WireType.Bytes).bytes(nodeBytes);
  stream.write(packMessage(toFrame(first.tag(field.typeUrl, WireType.Bytes).string(typeUrl).finish()), undefined));
  let head = Buffer.alloc(0);
  let left = 0;
  stream.on("data", (chunk: Buffer) => {
    // Only where a message begins is looked at: the reader must not be what is slow.
    if (left > chunk.length) {
      left -= chunk.length;
      return;
    }
    head = Buffer.concat([head, chunk.subarray(left)]);
    left = 0;
    if (head.length < headBytes) return;
    const { version, nonce } = readHead(head.subarray(PREFIX_BYTES));
    left = PREFIX_BYTES + head.readUInt32BE(1) - head.length;
    head = Buffer.alloc(0);
    onResponse(version);
    const ack = new WireWriter().tag(field.typeUrl, WireType.Bytes).string(typeUrl);
    ack.tag(field.nonce, WireType.Bytes).string(nonce).tag(field.version, WireType.Bytes).string(version);
    stream.write(packMessage(toFrame(ack.finish()), undefined));
  });
}

function readHead(bytes: Uint8Array): { readonly version: string; readonly nonce: string } {
  const reader = new WireReader(bytes);
  let [version, nonce] = ["", ""];
  while (version === "" || nonce === "") {
    const tag = reader.tag();
    if (tag >>> 3 === field.nonce) nonce = reader.string();
    else if (tag >>> 3 === field.version) version = reader.string();
    else throw new Error(`A response that does not begin with nonce and version, but with tag ${tag}`);
  }
  return { version, nonce };
}
