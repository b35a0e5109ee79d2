import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A folder with files, which is gone after the test, and a way to change them. */
export async function watchedFolder(t: TestContext, files: Readonly<Record<string, string>>) {
  const cwd = await mkdtemp(join(tmpdir(), "chancery-service-"));
  t.after(() => rm(cwd, { recursive: true }));
  // As editors do it, so that no half of it is ever seen.
  const write = async (name: string, text: string) => {
    await writeFile(join(cwd, ".new"), text);
    await rename(join(cwd, ".new"), join(cwd, name));
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return { cwd, write };
}
