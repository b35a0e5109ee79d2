import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../packages/chancery/src/cli/testdata/run-command.ts";
import type { Blast } from "../../packages/chancery/src/compare/blast.ts";
import { selfSigned } from "../harness/certificate.ts";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { until } from "../harness/until.ts";

test("what a plan says of listeners that drain is what Envoy does", async (t) => {
  const folder = await temporaryFolder(t);
  const { certificate, key } = await selfSigned(t, "shop");
  const port = await freePort();
  const inline = { cert: certificate, key };
  const listener = (more: object) => ({ protocol: "HTTPS", port, tls: { certificates: "shop", ...more } });
  const model = (gateway: object, listeners: object) => ({
    fleets: { test: { match: "test-id" } },
    gateways: { public: { address: "127.0.0.1", ...gateway, listeners } },
    certificates: { shop: { inline } },
    routes: { all: { parents: "public", respond: 200 } },
  });
  const a = { ...listener({}), hostnames: "a.example.com" };
  const b = { ...listener({}), hostnames: "b.example.com" };
  const limits = { limits: { bufferBytes: "64KiB" } };
  const steps: readonly (readonly [what: string, config: object, drains: unknown, inPlace: boolean])[] = [
    ["a new filter chain", model({}, { a, b }), [], true],
    [
      "a filter chain that changes",
      model({}, { a, b: { ...b, tls: { certificates: "shop", alpn: "http/1.1" } } }),
      [{ kind: "chains", chains: ["public/b"] }],
      true,
    ],
    [
      "another field",
      model(limits, { a, b: { ...b, tls: { certificates: "shop", alpn: "http/1.1" } } }),
      [{ kind: "all", why: "per_connection_buffer_limit_bytes changes" }],
      false,
    ],
  ];
  const served = join(folder, "chancery.json");
  await writeFile(served, JSON.stringify(model({}, { a })));
  const controlPlane = await startControlPlane(t, { paths: [served] });
  const envoy = await startEnvoy(t, { transport: "ads-delta", xdsPort: controlPlane.xdsPort });
  await envoy.ready();
  const count = async (name: string) => Number((await envoy.stat(`listener_manager.${name}`)) ?? 0);
  for (const [what, config, drains, inPlace] of steps) {
    await t.test(what, async () => {
      await writeFile(join(folder, "next.json"), JSON.stringify(config));
      const args = ["plan", "next.json", "--http", new URL(controlPlane.url).host, "--format", "json"];
      const { stdout, stderr } = await runCommand(args, folder);
      const { blast } = JSON.parse(stdout || JSON.stringify({ error: stderr })) as { readonly blast: readonly Blast[] };
      assert.deepEqual(
        blast.flatMap((each) => each.drains).map(({ effect }) => effect),
        drains,
      );
      assert.deepEqual(
        blast.flatMap(({ nodes }) => nodes),
        ["test-id"],
      );
      const before = { modified: await count("listener_modified"), inPlace: await count("listener_in_place_updated") };
      await writeFile(served, JSON.stringify(config));
      await until("the listener is modified", async () => (await count("listener_modified")) > before.modified);
      assert.equal(await count("listener_in_place_updated"), before.inPlace + (inPlace ? 1 : 0));
    });
  }
});
