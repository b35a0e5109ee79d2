import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Moves a text to the place of a file: one event, and nothing else is seen in the folder. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const elsewhere = await mkdtemp(join(tmpdir(), "chancery-replace-"));
  await writeFile(join(elsewhere, "file"), text);
  await rename(join(elsewhere, "file"), path);
  await rm(elsewhere, { recursive: true });
}
