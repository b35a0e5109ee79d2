// Sends access logs as Envoys do: `send.ts HOST:PORT STREAMS SECONDS ENTRIES_PER_SECOND`, and says how many.
import { once } from "node:events";
import { type ClientHttp2Stream, connect } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import { encodeMessage, fullEntry } from "../../packages/xds/src/services/testdata/access-log-messages.ts";
import type { Sent } from "./sender.ts";

const [address = "", ...numbers] = process.argv.slice(2);
const [streamCount = 1, seconds = 1, entriesPerSecond = Number.POSITIVE_INFINITY] = numbers.map(Number);

/** About as many as Envoy sends at once, which has a buffer of 16 KiB. */
const entriesAMessage = 32;
const tickMs = 5;

const counts = { entries: 0, heldBack: 0 };
const message = toFrame({});
const session = connect(`http://${address}`);
await once(session, "remoteSettings");
const streams = Array.from({ length: streamCount }, (_, index) => open(`edge-${index}`));

const beginMs = performance.now();
const endMs = beginMs + seconds * 1000;
let due = 0;
while (performance.now() < endMs) {
  if (Number.isFinite(entriesPerSecond)) sendDue();
  else sendAll();
  await pause(Number.isFinite(entriesPerSecond) ? tickMs : 0);
}
await Promise.all(streams.map((stream) => finish(stream)));
session.close();
const sent: Sent = counts;
console.log(JSON.stringify(sent));

/** As many as the time that has passed asks for; what a stream does not take is held back. */
function sendDue(): void {
  const wanted = ((performance.now() - beginMs) / 1000) * entriesPerSecond;
  for (let index = 0; due < wanted; index++, due += entriesAMessage) {
    const stream = streams[index % streamCount];
    if (stream !== undefined && !stream.writableNeedDrain) send(stream);
    else counts.heldBack += entriesAMessage;
  }
}

function sendAll(): void {
  for (const stream of streams) while (!stream.writableNeedDrain) send(stream);
}

function send(stream: ClientHttp2Stream): void {
  stream.write(message);
  counts.entries += entriesAMessage;
}

function open(node: string): ClientHttp2Stream {
  const path = "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs";
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  const stream = session.request(headers);
  stream.write(toFrame({ identifier: { node: { id: node, cluster: "edge" }, log_name: "bench" } }));
  counts.entries += entriesAMessage;
  return stream;
}

async function finish(stream: ClientHttp2Stream): Promise<void> {
  const trailers = once(stream, "trailers");
  stream.resume().end();
  const [{ "grpc-status": status }] = await trailers;
  if (status !== "0") throw new Error(`A stream ended with status ${status}`);
}

function toFrame(first: object): Buffer {
  const http_logs = { log_entry: Array.from({ length: entriesAMessage }, () => fullEntry) };
  const bytes = encodeMessage({ ...first, http_logs });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}
