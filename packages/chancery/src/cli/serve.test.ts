import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runProgram } from "./program.ts";
import { serveCommand } from "./serve.ts";

const anyPorts = ["--xds", "127.0.0.1:0", "--http", "127.0.0.1:0"];

test("it serves the files it is given, says where it listens, and ends when asked to", async (t) => {
  const dir = await folder(t);
  await writeFile(join(dir, "edge.yaml"), "node: edge-1\nversion: one\nresources: {}\n");
  const serving = start(dir, [...anyPorts, "edge.yaml"]);
  const { http, xds } = await serving.ready;
  assert.match(xds, /^127\.0\.0\.1:\d+$/);
  const answer = await fetch(`http://${http}/api/v1/snapshots`);
  assert.deepEqual(await answer.json(), [{ node: "edge-1", version: "one", types: {} }]);
  assert.equal((await fetch(`http://${http}/readyz`)).status, 200);
  serving.abort();
  assert.equal(await serving.code, 0);
  await assert.rejects(fetch(`http://${http}/healthz`));
});

test("once it runs it collects what its start left, so that the first work need not", async (t) => {
  const main = fileURLToPath(import.meta.resolve("./main.ts"));
  const flags = ["--conditions=chancery-source", "--expose-gc", "--trace-gc"];
  const child = spawn(process.execPath, [...flags, main, "serve", ...anyPorts], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill());
  let isReady = false;
  for await (const line of createInterface({ input: child.stdout })) {
    isReady ||= line.includes("Ready");
    if (isReady && line.includes("testing")) return; // V8's name for what is asked for
  }
  assert.fail("nothing was collected");
});

test("with files of rate limits it decides on them", async (t) => {
  const dir = await folder(t);
  const config = "domain: edge\ndescriptors: [{ key: a, rate_limit: { unit: year, requests_per_unit: 1 } }]\n";
  await writeFile(join(dir, "limits.yaml"), config);
  const serving = start(dir, [...anyPorts, "--rate-limits", "limits.yaml", "--rate-limit-headers"]);
  const { http } = await serving.ready;
  const ask = () =>
    fetch(`http://${http}/json`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ domain: "edge", descriptors: [{ entries: [{ key: "a", value: "b" }] }] }),
    });
  const answers = [await ask(), await ask()];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 429],
  );
  assert.match(await (answers[1]?.text() ?? ""), /"RateLimit-Remaining","value":"0"/);
  serving.abort();
  assert.equal(await serving.code, 0);
});

for (const [option, other] of [
  ["--xds", "--http"],
  ["--http", "--xds"],
] as const) {
  test(`a taken port is named, with ${option} as the mend`, async (t) => {
    const taken = createServer().listen(0, "127.0.0.1");
    t.after(() => taken.close());
    await once(taken, "listening");
    const bound = taken.address();
    assert(typeof bound === "object" && bound !== null);
    const address = `127.0.0.1:${bound.port}`;
    const serving = start(".", [option, address, other, "127.0.0.1:0"]);
    assert.equal(await serving.code, 1);
    const says = `Cannot listen on "${address}": another process has that port; choose another with ${option} HOST:PORT`;
    assert.equal(await serving.stderr, `chancery: ${says}\n`);
  });
}

const mistakes: [args: string[], says: RegExp][] = [
  [["nowhere.yaml"], /Cannot read "nowhere\.yaml": there is no such file or folder/],
  [["/dev/null"], /Cannot read "\/dev\/null": it is no file or folder/],
  [["--xds", "18000"], /Cannot listen on --xds "18000": write HOST:PORT, such as 127\.0\.0\.1:18000/],
  [["--http", "localhost:99999"], /Cannot listen on --http "localhost:99999"/],
  [["--log-level", "inof"], /Cannot use --log-level "inof"; did you mean "info"\?/],
  [["--log-format", "xml"], /Cannot use --log-format "xml"; write one of pretty, json/],
  [["--body-limit", "much"], /Cannot read --body-limit "much": write a number/],
  [["--rate-limits", "nowhere"], /Cannot read "nowhere": there is no such file or folder/],
  [["--rate-limit-redis", "localhost"], /Cannot use --rate-limit-redis: write redis:\/\/HOST:PORT/],
  [["--rate-limit-header-names", "X-Limit,X-Remaining"], /write three names/],
  [["--rate-limit-near", "101"], /write a percentage, from 0 to 100/],
  [["--rate-limit-on-loss", "dney"], /"dney"; did you mean "deny"\?/],
  [["--drain-time", "-1"], /Option "--drain-time" needs a value/],
];

for (const [args, says] of mistakes) {
  test(`"serve ${args.join(" ")}" is a mistake`, async () => {
    const serving = start(".", [...anyPorts, ...args]);
    assert.equal(await serving.code, 2);
    assert.match(await serving.stderr, says);
  });
}

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "chancery-serve-"));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

function start(cwd: string, args: readonly string[]) {
  const controller = new AbortController();
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { promise: ready, resolve } = Promise.withResolvers<{ xds: string; http: string }>();
  createInterface(stdout).on("line", (line) => {
    const entry = JSON.parse(line);
    if (entry.msg.startsWith("Ready")) resolve(entry);
  });
  const { signal } = controller;
  const code = runProgram({ serve: async () => serveCommand }, ["serve", "--drain-time", "0", ...args], {
    stdout,
    stderr,
    env: {},
    cwd,
    signal,
  }).finally(() => stderr.end());
  return { ready, code, stderr: text(stderr), abort: () => controller.abort() };
}
