import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { type NeededPort, requirePorts } from "./ports.ts";

test("ports that are free are returned, and 0 becomes one of them", async () => {
  const { proxy } = await requirePorts({ proxy: needed("Envoy's proxy", 0) });
  assert.ok(proxy.port > 0);
  assert.deepEqual(await requirePorts({ proxy: needed("Envoy's proxy", proxy.port) }), { proxy });
});

test("all ports that are taken are named, each with its mend", async (t) => {
  const holder = createServer().listen(0, "127.0.0.1");
  t.after(() => holder.close());
  await once(holder, "listening");
  // A TCP server that listens has an address and a port.
  const { port } = holder.address() as AddressInfo;
  const both = { proxy: needed("Envoy's proxy", port), admin: needed("Envoy's admin", port), free: needed("free", 0) };
  await assert.rejects(requirePorts(both), {
    code: "port-taken",
    message: [
      "Cannot start the demo:",
      `  127.0.0.1:${port} (Envoy's proxy) is taken: end what listens there, or choose another with --port`,
      `  127.0.0.1:${port} (Envoy's admin) is taken: end what listens there, or choose another with --port`,
    ].join("\n"),
  });
});

test("an address this machine does not have is an error that names it", async () => {
  const address = { host: "192.0.2.1", port: 1234 };
  await assert.rejects(requirePorts({ a: { what: "a", address, option: "--a" } }), /"192\.0\.2\.1:1234"/);
});

function needed(what: string, port: number): NeededPort {
  return { what, address: { host: "127.0.0.1", port }, option: "--port" };
}
