import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";

const restart = import.meta.resolve("../../bin/restart.js");
const program = `
  import { restartWithFlags } from ${JSON.stringify(restart)};
  restartWithFlags();
  console.log(JSON.stringify({ pid: process.pid, flags: process.execArgv, args: process.argv.slice(1) }));
`;

interface Run {
  readonly pid: number;
  readonly flags: readonly string[];
  readonly args: readonly string[];
}

test("a server goes on in a Node with the flags that keep it small, as the same process with the same arguments", async (t) => {
  if (process.platform === "win32") return t.skip("a process of Windows cannot become another");
  const { pid, said } = await run([], ["serve", "--http", "127.0.0.1:0"]);
  assert.equal(said.pid, pid);
  assert.deepEqual(said.args, ["serve", "--http", "127.0.0.1:0"]);
  assert.ok(said.flags.includes("--max-semi-space-size=2"));
  if (!process.version.startsWith("v26.")) return;
  for (const flag of ["--managed-zone-memory", "--heap-growing-percent=100"]) assert.ok(said.flags.includes(flag));
});

test("a flag of Node that was given by hand wins over the server's own", async (t) => {
  if (process.platform === "win32") return t.skip("a process of Windows cannot become another");
  const { said } = await run(["--max-semi-space-size=8"], ["serve"]);
  const sizes = said.flags.filter((flag) => flag.startsWith("--max-semi-space-size"));
  assert.deepEqual(sizes, ["--max-semi-space-size=2", "--max-semi-space-size=8"]);
});

test("a server that is profiled goes on as it is, since the profiler's signals would end it", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "chancery-restart-"));
  t.after(() => rm(folder, { recursive: true }));
  const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}`, "--cpu-prof-interval=100"];
  const { said } = await run(flags, ["serve"]);
  assert.deepEqual(said.flags.slice(0, flags.length), flags);
  assert.equal((await readdir(folder)).length, 1);
});

/** What the program says of itself. Node says nothing of the flags, as it does of those that it does not know. */
async function run(flags: readonly string[], args: readonly string[]): Promise<{ readonly pid: number; said: Run }> {
  const child = spawn(process.execPath, [...flags, "--input-type=module", "--eval", program, ...args]);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.ok(child.pid !== undefined);
  return { pid: child.pid, said: JSON.parse(stdout) };
}
