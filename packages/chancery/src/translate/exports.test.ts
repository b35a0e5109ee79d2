// What is written for Envoys without a control plane, for every model that the golden tests have.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import { parseDocuments } from "../documents/parse.ts";
import { Pipeline } from "../pipeline.ts";
import { toFilesystem } from "./filesystem.ts";
import { toStaticBootstrap } from "./static-bootstrap.ts";
import type { FleetTranslation } from "./translator.ts";

const folder = join(import.meta.dirname, "testdata");

for (const input of globSync("*.in.yaml", { cwd: folder }).sort()) {
  test(`exports of ${input} have all that they refer to, and nothing that comes by a control plane`, async () => {
    for (const fleet of await translate(input)) {
      const { bootstrap } = toStaticBootstrap(fleet);
      checkBootstrap(bootstrap);
      assert.deepEqual(namesOf(bootstrap, ["ads", "rds", "sdsConfig", "edsClusterConfig", "configDiscovery"]), []);

      const exported = toFilesystem(fleet, { root: "/etc/envoy" });
      checkBootstrap(exported.bootstrap);
      const contents = exported.files.map(({ content }) => content);
      assert.deepEqual(namesOf([exported.bootstrap, contents], ["ads"]), []);
      const paths = exported.files.map(({ path }) => `/etc/envoy/current/${path}`);
      for (const path of pathsIn([exported.bootstrap, contents])) {
        assert.ok(paths.includes(path), `${path} is not among ${paths.join(", ")}`);
      }
      for (const content of contents) {
        const encoded = encodeJson("envoy.service.discovery.v3.DiscoveryResponse", content);
        assert.ok(encoded.ok, JSON.stringify(encoded));
      }
    }
  });
}

test("an Envoy that nobody tells what is unhealthy checks for itself", async () => {
  const [fleet] = await translate("service-health-shared.in.yaml");
  assert(fleet);
  const text = JSON.stringify(toStaticBootstrap(fleet).bootstrap);
  assert.match(text, /"httpHealthCheck":\{"host":"fleet","path":"\/healthz"\}/);
  assert.match(text, /"portValue":80\}\},"healthCheckConfig":\{"portValue":8081\}/);
  const files = JSON.stringify(toFilesystem(fleet, { root: "/etc/envoy" }).files);
  assert.match(files, /"tcp_health_check":\{\}/);
  assert.match(files, /"health_check_config":\{"port_value":8081\}/);
});

async function translate(input: string): Promise<readonly FleetTranslation[]> {
  const parsed = parseDocuments(readFileSync(join(folder, input), "utf8"), { origin: input, format: "yaml" });
  assert(parsed.ok, JSON.stringify(parsed));
  using pipeline = new Pipeline({ cwd: folder });
  return [...(await pipeline.run(parsed.documents)).translation.fleets.values()];
}

function checkBootstrap(bootstrap: object): void {
  const encoded = encodeJson("envoy.config.bootstrap.v3.Bootstrap", bootstrap);
  assert.ok(encoded.ok, JSON.stringify(encoded));
}

/** Those of the names that a field somewhere in a value has. */
function namesOf(value: unknown, names: readonly string[]): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    ...(names.includes(key) ? [key] : []),
    ...namesOf(part, names),
  ]);
}

/** The files that something is to be read from. */
function pathsIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    const isSource = key === "path_config_source" || key === "pathConfigSource";
    return isSource ? [(part as { readonly path: string }).path] : pathsIn(part);
  });
}
