import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

/** Prints what a server with nothing to serve has loaded of packages in CommonJS, which most are. */
const program = `
  import { createRequire } from "node:module";
  import { commands } from ${JSON.stringify(import.meta.resolve("./cli/commands.ts"))};
  import { startControlPlane } from ${JSON.stringify(import.meta.resolve("./control-plane.ts"))};
  const free = { host: "127.0.0.1", port: 0 };
  const server = await startControlPlane({ xds: free, http: free });
  console.log(JSON.stringify({ commands: commands.length, loaded: Object.keys(createRequire(import.meta.url).cache) }));
  await server.close();
`;

test("a server loads what few runs need only when it needs it", async () => {
  const args = ["--conditions=chancery-source", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  const output: unknown = JSON.parse(stdout);
  assert.ok(typeof output === "object" && output !== null && "loaded" in output && Array.isArray(output.loaded));
  const packages = new Set(
    output.loaded.map((path) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(String(path))?.[1]),
  );
  assert.ok(packages.has("fastify"));
  for (const name of [
    "yaml",
    "pino-pretty",
    "prom-client",
    "@fastify/swagger",
    "@redis/client",
    "jose",
    "@bufbuild/cel",
    "@node-rs/bcrypt",
  ]) {
    assert.ok(!packages.has(name), `${name} is loaded at the start`);
  }
});
