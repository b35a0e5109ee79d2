import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { type FileText, TextReader } from "./file-text.ts";

test("a file is read at once, and is the same as long as its stamp is", async (t) => {
  const file = await fileWith(t, "node: a\n");
  const reader = new TextReader();
  const read = await reader.read(file, undefined);
  assert(read.kind === "text");
  assert.equal(read.text, "node: a\n");
  // A stamp that is young proves nothing.
  let last: FileText = read;
  while (last.kind === "text") {
    assert.equal(last.text, "node: a\n");
    await setImmediate();
    last = await reader.read(file, last.stamp);
  }
  assert.deepEqual(last, { kind: "same" });
});

test("after a file that took long, others are read in the background, with the same result", async (t) => {
  const file = await fileWith(t, "node: ä\n");
  const [missing, folder] = [join(file, "..", "missing.yaml"), join(file, "..")];
  let [nowMs, tookMs] = [0, 0];
  const reader = new TextReader({ now: () => (nowMs += tookMs) });
  const paths = [file, missing, folder];
  const soon = paths.map((path) => reader.read(path, undefined));
  tookMs = 3;
  assert(!(reader.read(file, undefined) instanceof Promise));
  const later = paths.map((path) => reader.read(path, undefined));
  assert(later.every((read) => read instanceof Promise));
  const kinds = (reads: readonly { kind: string }[]) => reads.map(({ kind }) => kind);
  assert.deepEqual(kinds(await Promise.all(later)), kinds(await Promise.all(soon)));
  assert.deepEqual(kinds(await Promise.all(soon)), ["text", "gone", "unreadable"]);
});

test("a pipe that has the name of a file is not waited for", { skip: process.platform === "win32" }, async (t) => {
  const pipe = join(await fileWith(t, ""), "..", "pipe.yaml");
  execFileSync("mkfifo", [pipe]);
  assert.equal((await new TextReader().read(pipe, undefined)).kind, "unreadable");
});

async function fileWith(t: TestContext, text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "chancery-file-text-"));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, "a.yaml"), text);
  return join(dir, "a.yaml");
}
