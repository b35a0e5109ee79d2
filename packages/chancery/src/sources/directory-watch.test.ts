import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DirectoryWatch } from "./directory-watch.ts";

test("a directory that is being looked at when the watch ends is not watched", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "chancery-watch-"));
  t.after(() => rm(folder, { recursive: true }));
  const watch = new DirectoryWatch(() => {});
  const adding = watch.add(folder);
  watch[Symbol.dispose]();
  await adding;
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap"),
    [],
  );
});
