import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { DirectoryWatch } from "./directory-watch.ts";
import { beNobody } from "./testdata/be-nobody.ts";

test("all that happens in a directory is heard, and of a single thing that alone", async (t) => {
  const { watch, at, heard } = await start(t);
  await watch.add(at("all"));
  await watch.addEntry(at("one/a"));
  watch.prune();
  for (const path of ["one/b", "all/b", "one/c", "one/a"]) await mkdir(at(path));
  assert.deepEqual(await heard("one/a"), ["all/b", "one/a"]);
});

test("what happens during a scan is heard if it is named before the end", async (t) => {
  const { watch, at, heard } = await start(t);
  await watch.addEntry(at("one/a"));
  for (const path of ["one/b", "one/c", "one/a"]) await mkdir(at(path));
  assert.deepEqual(await heard("one/a"), ["one/a"]);
  await watch.addEntry(at("one/c"));
  watch.prune();
  assert.deepEqual(await heard("one/c"), ["one/a", "one/c"]);
});

test("what the scan before named is heard until this one ends, and then no more", async (t) => {
  const { watch, at, heard } = await start(t);
  await watch.addEntry(at("one/a"));
  watch.prune();
  await watch.addEntry(at("one/b"));
  await mkdir(at("one/a"));
  assert.deepEqual(await heard("one/a"), ["one/a"]);
  watch.prune();
  await rm(at("one/a"), { recursive: true });
  await mkdir(at("one/b"));
  assert.deepEqual(await heard("one/b"), ["one/a", "one/b"]);
});

test("a directory that is moved away may have changed anything, for whoever watches one thing in it", async (t) => {
  const { watch, at, heard } = await start(t);
  await watch.addEntry(at("one/a"));
  watch.prune();
  await rename(at("one"), at("two"));
  assert.deepEqual(await heard(undefined), [undefined]);
});

test("it is known how often a directory began to be watched", async (t) => {
  const { watch, at } = await start(t);
  for (const path of ["one/a", "one/b", "missing/a"]) await watch.addEntry(at(path));
  assert.equal(watch.opened, 1);
  watch.prune();
  await watch.add(at("one"));
  assert.equal(watch.opened, 1);
  watch.prune();
  await rename(at("one"), at("two"));
  await mkdir(at("one"));
  await watch.addEntry(at("one/a"));
  assert.equal(watch.opened, 2);
});

test("in a directory that the system refuses to watch anything may have changed, until it may be watched", async (t) => {
  const { watch, at, heard } = await start(t);
  await chmod(at(""), 0o711);
  await chmod(at("one"), 0o711);
  using nobody = beNobody();
  await watch.addEntry(at("one/a"));
  watch.prune();
  assert.deepEqual([...watch.unwatched.keys()], [at("one")]);
  assert.deepEqual(await heard(undefined), [undefined]);
  nobody[Symbol.dispose]();
  await watch.addEntry(at("one/a"));
  watch.prune();
  assert.equal(watch.unwatched.size, 0);
  await mkdir(at("one/a"));
  assert.deepEqual(await heard("one/a"), [undefined, "one/a"]);
});

test("a directory that is being looked at when the watch ends is not watched", async (t) => {
  const { watch, at } = await start(t);
  const adding = watch.add(at("one"));
  watch[Symbol.dispose]();
  await adding;
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap"),
    [],
  );
});

async function start(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), "chancery-watch-"));
  const at = (path: string) => join(root, path);
  for (const folder of ["all", "one"]) await mkdir(at(folder));
  const paths = new Set<string | undefined>();
  let onChange = () => {};
  const hear = (path: string | undefined) => {
    paths.add(path && relative(root, path));
    onChange();
  };
  const watch = new DirectoryWatch(hear, { pollMs: 1 });
  t.after(async () => {
    watch[Symbol.dispose]();
    await rm(root, { recursive: true });
  });
  return {
    ...{ watch, at },
    /** All that was heard, once that one was: the system tells in the order in which it happened. */
    async heard(last: string | undefined): Promise<(string | undefined)[]> {
      while (!paths.has(last)) {
        await new Promise<void>((resolve) => {
          onChange = resolve;
        });
      }
      return [...paths];
    },
  };
}
