import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { parse } from "yaml";
import { type Bootstrap, type Transport, toBootstrap } from "./bootstrap.ts";
import { toBootstrapYaml } from "./bootstrap-yaml.ts";
import { ensureEnvoy } from "./envoy-binary.ts";

const controlPlane = { host: "127.0.0.1", port: 18000 };
const transports: readonly Transport[] = ["ads", "ads-delta", "per-type", "per-type-delta", "rest"];

for (const transport of transports) {
  test(`Envoy takes the bootstrap for ${transport}`, async () => {
    const admin = { host: "127.0.0.1", port: 19000 };
    await validate(toBootstrap({ nodeId: "n", cluster: "1", transport, controlPlane, admin }));
  });
}

for (const transport of ["ads", "rest"] as const) {
  test(`Envoy takes the bootstrap for ${transport} that reports load and statistics, and checks endpoints`, async () => {
    const services = { host: "127.0.0.1", port: 18000 };
    const metricsService = { flushIntervalMs: 1_500, counters: "deltas" } as const;
    const options = { nodeId: "a", cluster: "b", transport, controlPlane, services };
    await validate(toBootstrap({ ...options, loadReports: true, metricsService: true, healthChecks: true }));
    await validate(toBootstrap({ ...options, metricsService }));
  });
}

test("Envoy takes a control plane that has a host name, and IPv6", async () => {
  for (const host of ["xds.example.com", "::1"]) {
    await validate(toBootstrap({ nodeId: "a", cluster: "b", transport: "ads", controlPlane: { host, port: 18000 } }));
  }
});

test("a host name is looked up, an address is not", () => {
  const type = (host: string) => {
    const text = JSON.stringify(
      toBootstrap({ nodeId: "a", cluster: "b", transport: "ads", controlPlane: { host, port: 1 } }),
    );
    return /"type":"(\w+)"/.exec(text)?.[1];
  };
  assert.equal(type("xds.example.com"), "STRICT_DNS");
  assert.equal(type("10.0.0.1"), "STATIC");
  assert.equal(type("::1"), "STATIC");
});

test("without an admin address there is no admin interface", () => {
  assert.ok(!("admin" in toBootstrap({ nodeId: "a", cluster: "b", transport: "ads", controlPlane })));
});

test("names that YAML 1.1 takes for something else stay names", () => {
  for (const name of ["n", "yes", "on", "1", "1_0", "0x1f", "12:30", "null", "~", "2001-01-01", 'a"b', "a: b"]) {
    const bootstrap = toBootstrap({ nodeId: name, cluster: name, transport: "ads", controlPlane });
    const text = toBootstrapYaml(bootstrap);
    assert.deepEqual(parse(text, { version: "1.1" }), bootstrap);
    assert.deepEqual(parse(text, { version: "1.2" }), bootstrap);
  }
});

test("the node's names are quoted, and the page has neither directives nor aliases", () => {
  const text = toBootstrapYaml(toBootstrap({ nodeId: "test-id", cluster: "edge", transport: "ads", controlPlane }));
  assert.match(text, /^node:\n {2}id: "test-id"\n {2}cluster: "edge"\n/);
  assert.doesNotMatch(text, /[*&]/);
});

async function validate(bootstrap: Bootstrap): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-bootstrap-"));
  try {
    const file = join(folder, "bootstrap.yaml");
    await writeFile(file, toBootstrapYaml(bootstrap));
    const { path } = await ensureEnvoy(process.env);
    const { stderr } = await promisify(execFile)(path, ["--mode", "validate", "-l", "warning", "-c", file]);
    assert.doesNotMatch(stderr, /warning|deprecated/i);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
