import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "./load.ts";

const root = join(import.meta.dirname, "../../../..");

test("the model in the README has no problems", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "chancery-readme-"));
  t.after(() => rm(folder, { recursive: true }));
  const [, model] = /^```yaml\n([\s\S]*?)^```$/m.exec(await readFile(join(root, "README.md"), "utf8")) ?? [];
  assert.ok(model);
  await writeFile(join(folder, "chancery.yaml"), model);
  const { problems, translation } = await load(["chancery.yaml"], { cwd: folder });
  assert.deepEqual(problems, []);
  assert.deepEqual([...translation.fleets.keys()], ["edge"]);
});

test("docs/README.md lists every page", async () => {
  const docs = join(root, "docs");
  const list = await readFile(join(docs, "README.md"), "utf8");
  const pages = (await readdir(docs, { recursive: true })).filter((name) => /\.md$/.test(name) && name !== "README.md");
  const missing = pages.filter((page) => !list.includes(`](${page})`));
  assert.deepEqual(missing, [], `docs/README.md has to have a line for ${missing.join(", ")}`);
});
