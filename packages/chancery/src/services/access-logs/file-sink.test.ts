import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { createLogger, silentLogger } from "../../logs.ts";
import { collectLog } from "../testdata/log.ts";
import { fileSink } from "./file-sink.ts";
import { httpRecord } from "./testdata/records.ts";

test("entries are lines of JSON without credentials, and nothing in them steers a terminal", async (t) => {
  const { path, text } = await folder(t);
  const sink = fileSink({ path }, silentLogger());
  sink.put(httpRecord());
  sink.put(httpRecord({ request: { path: "/\u009b31m\u202e" } }, 2));
  await sink.close();
  const lines = (await text()).trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).id),
    [1, 2],
  );
  assert.doesNotMatch(lines.join(""), /secret-/);
  assert.match(lines[1] ?? "", /"path":"\/\\u009b31m\\u202e"/);
  assert.deepEqual(sink.stats, { written: 2, lost: 0, queued: 0 });
});

test("a full file is put aside, and the oldest goes", async (t) => {
  const { path, files, text } = await folder(t);
  for (let id = 1; id <= 6; id++) {
    const sink = fileSink({ path, maxBytes: 300, maxFiles: 3 }, silentLogger());
    sink.put(httpRecord({ request: { path: `/${"x".repeat(150)}` } }, id));
    await sink.close();
  }
  assert.deepEqual(await files(), ["access.log", "access.log.1", "access.log.2"]);
  assert.deepEqual([await idsIn(text()), await idsIn(text(".1")), await idsIn(text(".2"))], [[6], [5], [4]]);
});

test("of one file in all nothing is put aside", async (t) => {
  const { path, files, text } = await folder(t);
  for (let id = 1; id <= 3; id++) {
    const sink = fileSink({ path, maxBytes: 300, maxFiles: 1 }, silentLogger());
    sink.put(httpRecord({ request: { path: `/${"x".repeat(150)}` } }, id));
    await sink.close();
  }
  assert.deepEqual(await files(), ["access.log"]);
  assert.deepEqual(await idsIn(text()), [3]);
});

test("when there is no more room the lines that are there stay whole, and exactly the others are counted as lost", async (t) => {
  const { path, text } = await folder(t);
  const entries = 1_000;
  // A limit on what a process may write cuts a write short as a full disk does.
  const { stdout } = await promisify(execFile)("sh", [
    "-c",
    'ulimit -f 64 && exec "$@"',
    "sh",
    ...writer,
    path,
    `${entries}`,
  ]);
  const { written, lost } = JSON.parse(stdout);
  assert.ok(written > 0 && lost > 0, stdout);
  assert.equal(written + lost, entries);
  assert.equal((await idsIn(text())).length, written);
});

test("what was cut short before is no part of the lines that follow", async (t) => {
  const { path, text } = await folder(t);
  await writeFile(path, '{"id":1}\n{"id":');
  const sink = fileSink({ path }, silentLogger());
  sink.put(httpRecord({}, 2));
  await sink.close();
  const lines = (await text()).split("\n");
  assert.deepEqual([lines[0], lines[1]], ['{"id":1}', '{"id":']);
  assert.equal(JSON.parse(lines[2] ?? "").id, 2);
});

test("a file that was moved away is made anew", async (t) => {
  const { path, text } = await folder(t);
  const sink = fileSink({ path }, silentLogger());
  sink.put(httpRecord({}, 1));
  await written(sink, 1);
  await rename(path, `${path}.moved`);
  sink.put(httpRecord({}, 2));
  await sink.close();
  assert.deepEqual([await idsIn(text(".moved")), await idsIn(text())], [[1], [2]]);
});

test("what cannot be written, or has no room to wait, is counted as lost", async (t) => {
  const { path } = await folder(t);
  const sink = fileSink({ path: join(path, "not-a-folder", "access.log") }, silentLogger());
  const count = 30_000;
  for (let id = 1; id <= count; id++) sink.put(httpRecord({}, id));
  await sink.close();
  assert.deepEqual(sink.stats, { written: 0, lost: count, queued: 0 });
});

const writer = [process.execPath, ...process.execArgv, join(import.meta.dirname, "testdata/write-entries.ts")];

test("a file that cannot be written is told of before there is anything to write", async (t) => {
  const { path } = await folder(t);
  const log = collectLog();
  const sink = fileSink(
    { path: join(path, "not-a-folder", "access.log") },
    createLogger(log.stream, { format: "json", level: "info" }),
  );
  await log.has("entries are lost");
  await sink.close();
});

async function folder(t: TestContext) {
  const parent = await mkdtemp(join(tmpdir(), "chancery-file-sink-"));
  t.after(() => rm(parent, { recursive: true }));
  const path = join(parent, "access.log");
  return {
    path,
    files: async () => (await readdir(parent)).sort(),
    text: (suffix = "") => readFile(path + suffix, "utf8"),
  };
}

async function idsIn(text: Promise<string>): Promise<readonly number[]> {
  return (await text)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).id);
}

async function written(sink: ReturnType<typeof fileSink>, count: number): Promise<void> {
  while (sink.stats.written < count) await new Promise(setImmediate);
}
