import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

/** Prints the addresses of the modules that a server with nothing to serve has loaded, and the names of Node's own. */
const program = `
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  await import(${JSON.stringify(import.meta.resolve("../bin/find-modules.js"))});
  const { commands } = await import(${JSON.stringify(import.meta.resolve("./cli/commands.ts"))});
  const { runProgram } = await import(${JSON.stringify(import.meta.resolve("./cli/program.ts"))});
  const controller = new AbortController();
  const stdout = { write: (line) => controller.abort() };
  const args = ["serve", "--xds", "127.0.0.1:0", "--http", "127.0.0.1:0", "--drain-time", "0"];
  await runProgram(commands, args, { stdout, stderr: process.stderr, env: {}, cwd: ".", signal: controller.signal });
  console.log(JSON.stringify([...loaded, ...process.moduleLoadList]));
`;

const packages = [
  "yaml",
  "js-yaml",
  "pino-pretty",
  "prom-client",
  "@fastify/swagger",
  "@redis/client",
  "ajv",
  "re2js",
  "jose",
  "@bufbuild/cel",
  "@node-rs/bcrypt",
];
const stages = [
  "pipeline.ts",
  "model/kinds.ts",
  "translate/translator.ts",
  "checks/",
  "certificates/certificate-files.ts",
  "bootstrap/",
];
const rest = [
  "explain/explain.ts",
  "services/health/probe/",
  "services/rate-limit/service.ts",
  "services/authorization/service.ts",
  "cli/demo",
  "cli/translate",
];
const unneeded = [
  ...["internal/deps/undici/", "internal/http2/", "internal/tls/"].map((name) => `NativeModule ${name}`),
  "/node_modules/zod/v4/locales/de.js",
  ...packages.map((name) => `/node_modules/${name}/`),
  ...[...stages, ...rest].map((path) => `/chancery/src/${path}`),
];

test("a server loads what few runs need only when it needs it", async () => {
  const args = ["--conditions=chancery-source", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  const output: unknown = JSON.parse(stdout);
  assert.ok(Array.isArray(output));
  const urls = output.map(String);
  const loads = (part: string): boolean => urls.some((url) => url.includes(part));
  assert.ok(loads("/node_modules/fastify/") && loads("/src/control-plane.ts"));
  for (const part of unneeded) assert.ok(!loads(part), `${part} is loaded at the start`);
});
