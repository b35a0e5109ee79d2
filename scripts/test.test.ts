import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

test("what failed is said again at the end, with its place and the details of its error", async (t) => {
  const lines = await runTests(t, {
    "a.test.ts": `
      import { describe, test } from "node:test";
      describe("a part", () => {
        test("that fails", () => { throw Object.assign(new Error("after 278 tests"), { seed: 70003 }); });
        test("that may fail", { todo: true }, () => { throw new Error("not yet"); });
      });`,
    "b.test.ts": 'throw new Error("cannot begin");',
    "c.test.ts": `import { test } from "node:test";\n${'test("that passes", () => {});\n'.repeat(50)}`,
  });
  assert.equal(lines.at(-1), "50 passed, 2 failed");
  const repeated = lines.slice(lines.indexOf("What failed:")).join("\n");
  assert.match(repeated, /a\.test\.ts:4 that fails\n {2}Error: after 278 tests\n(?:.*\n)* *seed: 70003\n/);
  assert.match(repeated, /b\.test\.ts/);
  assert.doesNotMatch(repeated, /a part|not yet|passes/);
});

test("where nothing failed, nothing is said again", async (t) => {
  const lines = await runTests(t, { "a.test.ts": 'import { test } from "node:test";\ntest("passes", () => {});' });
  assert.equal(lines.at(-1), "1 passed, 0 failed");
  assert(!lines.includes("What failed:"));
});

async function runTests(t: TestContext, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-scripts-"));
  t.after(() => rm(folder, { recursive: true }));
  const paths = Object.keys(files).map((name) => join(folder, name));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  // A runner within a test would be taken for one of its files.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const script = join(import.meta.dirname, "test.ts");
  return spawnSync(process.execPath, [script, ...paths], { env, encoding: "utf8" })
    .stdout.trimEnd()
    .split("\n");
}
