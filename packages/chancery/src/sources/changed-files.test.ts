import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { changedFiles } from "./changed-files.ts";
import { DirectoryWatch } from "./directory-watch.ts";
import { readTree } from "./file-tree.ts";

test("a file that is known has changed, and what an editor writes beside it says nothing", async (t) => {
  const { at, hear } = await start(t);
  await writeFile(at("conf/a.yaml.tmp"), "x");
  assert.deepEqual(await hear("conf/a.yaml", "conf/a.yaml.tmp", "conf/gone.yaml"), [at("conf/a.yaml")]);
});

test("configuration that comes or goes, and folders, may be anything", async (t) => {
  const { at, hear } = await start(t);
  await writeFile(at("conf/b.yaml"), "x");
  await mkdir(at("conf/more"));
  assert.equal(await hear("conf/b.yaml"), undefined);
  assert.equal(await hear("conf/more"), undefined);
  await rm(at("conf/a.yaml"));
  assert.equal(await hear("conf/a.yaml"), undefined);
});

test("the folder itself, a link and what it leads to may be anything", async (t) => {
  const { hear } = await start(t);
  for (const path of ["conf", "conf/link.yaml", "elsewhere/target.txt"])
    assert.equal(await hear(path), undefined, path);
});

async function start(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), "chancery-changed-"));
  t.after(() => rm(root, { recursive: true }));
  const at = (path: string) => join(root, path);
  for (const folder of ["conf", "elsewhere"]) await mkdir(at(folder));
  for (const file of ["conf/a.yaml", "elsewhere/target.txt"]) await writeFile(at(file), "x");
  await symlink("../elsewhere/target.txt", at("conf/link.yaml"));
  using watch = new DirectoryWatch(() => {});
  const tree = await readTree(["conf"], { cwd: root, watch });
  return { at, hear: (...paths: readonly string[]) => changedFiles(new Set(paths.map(at)), tree) };
}
