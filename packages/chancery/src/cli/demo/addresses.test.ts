import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { addressesOf } from "./addresses.ts";
import type { Description } from "./description.ts";

const any = { host: "127.0.0.1", port: 0 };
const wanted = { adminPort: 0, xds: any, http: any };

function describe(ports: readonly number[], upstream: number | "socket" = "socket"): Description {
  return {
    ...{ title: "", serve: "chancery.yaml", alone: false, library: false, programs: [], certificates: {}, try: [] },
    envoys: { "edge-1": { cluster: "edge", ports: [...ports], args: [] } },
    upstreams: { shop: { protocol: "http", listen: upstream } },
  };
}

test("each port of an example can be another one, and 0 is any", async () => {
  const { ports, admin } = await addressesOf(describe([8080, 8443], 9001), {
    ...wanted,
    ports: new Map([
      [8080, 0],
      [8443, 0],
      [9001, 0],
    ]),
  });
  assert.deepEqual([...ports.keys()], [8080, 8443, 9001]);
  assert.equal(new Set([...ports.values(), 0, 8080, 8443, 9001]).size, 7);
  assert.deepEqual([...admin.keys()], ["edge-1"]);
});

test("the only door of Envoy need not be named", async () => {
  const { ports } = await addressesOf(describe([8080]), { ...wanted, ports: new Map([[undefined, 0]]) });
  assert.notEqual(ports.get(8080), 8080);
  const several = addressesOf(describe([8080, 8443]), { ...wanted, ports: new Map([[undefined, 0]]) });
  await assert.rejects(several, {
    message: "Cannot replace the port of Envoy, of which there are several: the example uses 8080, 8443",
  });
});

test("a port that the example does not use cannot be replaced", async () => {
  const other = addressesOf(describe([8080]), { ...wanted, ports: new Map([[8081, 0]]) });
  await assert.rejects(other, { message: "Cannot replace port 8081: the example uses 8080" });
});

test("a port that is taken is named with what it is for and the mend", async (t) => {
  const holder = createServer().listen(0, "127.0.0.1");
  t.after(() => holder.close());
  await once(holder, "listening");
  // It listens on a port, so it has this kind of address.
  const { port } = holder.address() as AddressInfo;
  const ports = new Map([[8080, 0]]);
  await assert.rejects(addressesOf(describe([8080], port), { ...wanted, ports, prefix: "npm start -- " }), {
    message: new RegExp(`127.0.0.1:${port} \\(the upstream shop\\) is taken: .* with npm start -- --port ${port}=PORT`),
  });
});
