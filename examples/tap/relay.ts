// Asks Envoy's admin interface to tap requests, and sends what it tells, piece by piece, to the control plane: Envoy has
// the configuration for a tap sink that does so itself, and aborts when it is used.
import { once } from "node:events";
import { connect } from "node:http2";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { encodeJson } from "@chancery/envoy-api";

const { XDS_PORT = "18000", ADMIN_PORT = "19000" } = process.env;

const wanted = {
  config_id: "shop",
  tap_config: {
    match: { any_match: true },
    output_config: { streaming: true, sinks: [{ format: "JSON_BODY_AS_BYTES", streaming_admin: {} }] },
  },
};

// Until Envoy is there, and has been told of the filter.
let tapped = await ask();
while (!tapped?.ok || tapped.body === null) {
  await setTimeout(100);
  tapped = await ask();
}
const lines = createInterface({ input: Readable.fromWeb(tapped.body) });

const session = connect(`http://127.0.0.1:${XDS_PORT}`);
const call = session.request({
  ":method": "POST",
  ":path": "/envoy.service.tap.v3.TapSinkService/StreamTaps",
  "content-type": "application/grpc",
  te: "trailers",
});

// Who sends it is said once, in the first message.
let identifier: object | undefined = { node: { id: "edge-1", cluster: "edge" }, tap_id: "shop" };
let text = "";
for await (const line of lines) {
  text += `${line}\n`;
  // Each trace is a JSON text over many lines, of which only the last begins with its brace.
  if (line !== "}") continue;
  await send({ ...(identifier && { identifier }), trace: JSON.parse(text) });
  identifier = undefined;
  text = "";
}

async function ask(): Promise<Response | undefined> {
  const request = { method: "POST", body: JSON.stringify(wanted) };
  return await fetch(`http://127.0.0.1:${ADMIN_PORT}/tap`, request).catch(() => undefined);
}

async function send(message: object): Promise<void> {
  const encoded = encodeJson("envoy.service.tap.v3.StreamTapsRequest", message);
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.problems));
  // Five bytes go ahead of each message in gRPC: whether it is compressed, and its length.
  const frame = Buffer.alloc(5 + encoded.bytes.length);
  frame.writeUInt32BE(encoded.bytes.length, 1);
  frame.set(encoded.bytes, 5);
  if (!call.write(frame)) await once(call, "drain");
}
