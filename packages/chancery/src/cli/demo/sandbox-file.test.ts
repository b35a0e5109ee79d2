import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { sandboxFile } from "./sandbox-file.ts";

test("in the repository the file to edit is the example itself", async (t) => {
  const folder = await temporaryFolder(t);
  const { path, temporary } = await sandboxFile(10_000, folder);
  assert.match(path, /examples.dynamic-configuration.sandbox\.yaml$/);
  assert.equal(temporary, false);
});

test("with another port it is a copy that differs in the port only", async (t) => {
  const folder = await temporaryFolder(t);
  const example = await sandboxFile(10_000, folder);
  const copy = await sandboxFile(12_345, folder);
  assert.deepEqual(copy, { path: join(folder, "sandbox.yaml"), temporary: true });
  const [before, after] = await Promise.all([example, copy].map(({ path }) => readFile(path, "utf8")));
  assert.equal(after, before?.replace("port_value: 10000", "port_value: 12345"));
  assert.notEqual(after, before);
});

test("the word to edit stands in the example once, so that any way to replace it works", async (t) => {
  const { path } = await sandboxFile(10_000, await temporaryFolder(t));
  const text = await readFile(path, "utf8");
  assert.equal(text.match(/service[12]/g)?.length, 1);
  assert.equal(parse(text).node, "test-id");
});

async function temporaryFolder(t: { after(done: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-sandbox-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
