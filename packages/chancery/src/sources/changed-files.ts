import { lstat } from "node:fs/promises";
import { basename } from "node:path";
import { hasKnownExtension, type Tree } from "./file-tree.ts";

/**
 * The files that changed, if what was heard says that the tree itself did not: nothing that is configuration came or went.
 * Undefined if it may have, or if nothing was heard and the time has come to look again.
 */
export async function changedFiles(heard: ReadonlySet<string | undefined>, tree: Tree): Promise<string[] | undefined> {
  if (heard.size === 0 || heard.size > maxHeard) return undefined;
  const changed: string[] = [];
  for (const path of heard) {
    if (path === undefined) return undefined;
    const what = await whatHappened(path, tree);
    if (what === "anything") return undefined;
    if (what === "changed") changed.push(path);
  }
  return changed;
}

/** Whether somebody who wrote to a file in place may not have finished with what is configuration. */
export function mayBeHalf(written: ReadonlySet<string | undefined>, { files, ways }: Tree): boolean {
  return [...written].some((path) => path === undefined || files.has(path) || ways.has(path) || isConfiguration(path));
}

/** Above this, looking at everything is as quick. */
const maxHeard = 200;

async function whatHappened(path: string, tree: Tree): Promise<"changed" | "nothing" | "anything"> {
  const stats = await lstat(path).catch(() => undefined);
  const isKnown = tree.files.has(path);
  if (stats?.isFile() && isKnown) return "changed";
  if (tree.ways.has(path)) return "anything";
  if (stats?.isFile()) return isConfiguration(path) ? "anything" : "nothing";
  // What an editor wrote beside the file, and renamed or removed since.
  return stats === undefined && !isKnown ? "nothing" : "anything";
}

function isConfiguration(path: string): boolean {
  return hasKnownExtension(path) && !basename(path).startsWith(".");
}
