// Follows the file in which Envoy writes what health checks come to, and sends that to the control plane: Envoy has the
// configuration for an event service, and does nothing with it.
import { once } from "node:events";
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:http2";
import { join } from "node:path";
import { encodeJson } from "@chancery/envoy-api";

const { XDS_PORT = "18000", ENVOY_FOLDER = "." } = process.env;

const type = "type.googleapis.com/envoy.data.core.v3.HealthCheckEvent";

const session = connect(`http://127.0.0.1:${XDS_PORT}`);
const call = session.request({
  ":method": "POST",
  ":path": "/envoy.service.event_reporting.v3.EventReportingService/StreamEvents",
  "content-type": "application/grpc",
  te: "trailers",
});

// Who sends them is said once, in the first message.
await send({ identifier: { node: { id: "edge-1", cluster: "edge" } } });
const changes = watch(ENVOY_FOLDER);
let sent = 0;
await readOn();
for (;;) {
  await once(changes, "change");
  await readOn();
}

/** Sends the lines that have come since, as far as they are whole. */
async function readOn(): Promise<void> {
  const bytes = await readFile(join(ENVOY_FOLDER, "health.log")).catch(() => Buffer.alloc(0));
  const end = bytes.lastIndexOf("\n") + 1;
  if (end <= sent) return;
  const lines = bytes.subarray(sent, end).toString().trimEnd().split("\n");
  sent = end;
  await send({ events: lines.map((line) => ({ "@type": type, ...JSON.parse(line) })) });
}

async function send(message: object): Promise<void> {
  const encoded = encodeJson("envoy.service.event_reporting.v3.StreamEventsRequest", message, { validate: false });
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.problems));
  // Five bytes go ahead of each message in gRPC: whether it is compressed, and its length.
  const frame = Buffer.alloc(5 + encoded.bytes.length);
  frame.writeUInt32BE(encoded.bytes.length, 1);
  frame.set(encoded.bytes, 5);
  if (!call.write(frame)) await once(call, "drain");
}
