import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import type { Io } from "./command.ts";
import { envoyCommand } from "./envoy.ts";

test("path prints the Envoy that ENVOY_BIN names", async (t) => {
  const binary = await fakeEnvoy(t, "exit 0");
  assert.deepEqual(await run(["path"], { ENVOY_BIN: binary }), { code: 0, stdout: `${binary}\n` });
});

test("path says how to get an Envoy when there is none", async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(run(["path"], { CHANCERY_CACHE: folder, PATH: "" }), /chancery envoy install/);
});

test("install with an Envoy at hand fetches nothing and says where it is", async (t) => {
  const binary = await fakeEnvoy(t, "exit 0");
  assert.deepEqual(await run(["install"], { ENVOY_BIN: binary }), { code: 0, stdout: `${binary}\n` });
});

test("an unknown word is refused with those there are", async () => {
  await assert.rejects(
    run(["start"], {}),
    /Cannot do "start" with Envoy: it would have to be one of install, path, run/,
  );
  await assert.rejects(run([], {}), /Say what to do with Envoy: install, path, run/);
});

test("run passes the arguments on and returns Envoy's exit code", async (t) => {
  const binary = await fakeEnvoy(t, 'echo "$@"; exit 3');
  const child = runInChild(binary, ["run", "-c", "bootstrap.yaml"]);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  assert.equal(output, "-c bootstrap.yaml\n");
  assert.equal(code, 3);
});

test("run forwards a signal and waits for Envoy to end", async (t) => {
  const binary = await fakeEnvoy(t, "trap 'echo bye; exit 5' TERM; echo ready; sleep 60 >/dev/null 2>&1 & wait");
  const child = runInChild(binary, ["run"]);
  const output: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output.push(chunk);
    if (chunk.includes("ready")) child.kill("SIGTERM");
  });
  const [code] = await once(child, "close");
  assert.equal(output.join(""), "ready\nbye\n");
  assert.equal(code, 5);
});

async function run(positionals: readonly string[], env: NodeJS.ProcessEnv) {
  const stdout = new PassThrough();
  const io: Io = { stdout, stderr: new PassThrough(), env, cwd: tmpdir(), signal: new AbortController().signal };
  const code = await envoyCommand.run({ values: {}, positionals }, io);
  stdout.end();
  return { code, stdout: await text(stdout) };
}

// In a process of its own, because Envoy inherits its streams and signals are for the whole process.
function runInChild(binary: string, positionals: readonly string[]) {
  const program = `
    import { envoyCommand } from ${JSON.stringify(new URL("./envoy.ts", import.meta.url).href)};
    const signal = new AbortController().signal;
    const { env, stdout, stderr } = process;
    const io = { stdout, stderr, env, cwd: process.cwd(), signal };
    process.exitCode = await envoyCommand.run({ values: {}, positionals: ${JSON.stringify(positionals)} }, io);
  `;
  const args = ["--conditions=chancery-source", "--input-type=module", "--eval", program];
  return spawn(process.execPath, args, {
    env: { ...process.env, ENVOY_BIN: binary },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function fakeEnvoy(t: TestContext, body: string): Promise<string> {
  const path = join(await temporaryFolder(t), "envoy");
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-envoy-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
