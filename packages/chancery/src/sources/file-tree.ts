import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isSystemError } from "../errors.ts";
import type { DirectoryWatch } from "./directory-watch.ts";
import { watchWayTo } from "./link-path.ts";

const extensions = [".yaml", ".yml", ".json"];

/** Whether a file in a folder is taken for configuration, by its name. */
export function hasKnownExtension(path: string): boolean {
  return extensions.some((extension) => path.endsWith(extension)) && !isTestFile(path);
}

/** Whether a file in a folder holds requests to test the configuration with, and none of it itself. */
export function isTestFile(path: string): boolean {
  return extensions.some((extension) => path.endsWith(`.test${extension}`));
}

export interface Tree {
  /** Absolute path → the path as the user would write it; in the order of the paths given, then by name. */
  readonly files: ReadonlyMap<string, string>;
  /** Absolute paths outside of them that decide where the given ones lead to, and links in them. */
  readonly ways: ReadonlySet<string>;
  /** The given paths that lead to no file or folder. */
  readonly missing: readonly string[];
  /** Absolute paths of folders that are there but could not be listed just now, and why. */
  readonly unlisted: ReadonlyMap<string, string>;
}

/**
 * Finds the files that the paths mean, in folders those named `.yaml`, `.yml` or `.json` but not `.test.yaml` and the
 * like, and watches every directory that could change that. Names that begin with a dot belong to editors and to Kubernetes, and are passed over.
 */
export async function readTree(paths: readonly string[], at: { cwd: string; watch: DirectoryWatch }): Promise<Tree> {
  const scan: Scan = {
    ...{ files: new Map(), ways: new Set(), unlisted: new Map() },
    watch: at.watch,
  };
  const missing: string[] = [];
  for (const path of paths) {
    const absolute = resolve(at.cwd, path);
    await follow(absolute, scan);
    const stats = await stat(absolute).catch(() => undefined);
    if (stats?.isDirectory()) await readFolder({ absolute, shown: path, above: [] }, scan);
    else if (!stats?.isFile()) missing.push(path);
    else if (!scan.files.has(absolute)) scan.files.set(absolute, path);
  }
  at.watch.prune();
  const { files, ways, unlisted } = scan;
  return { files, ways, missing, unlisted };
}

interface Scan {
  readonly files: Map<string, string>;
  readonly ways: Set<string>;
  readonly unlisted: Map<string, string>;
  readonly watch: DirectoryWatch;
}

interface Folder {
  readonly absolute: string;
  readonly shown: string;
  /** The identities of the folders it stands in, so that a link to one of them is not followed for ever. */
  readonly above: readonly string[];
}

async function readFolder(folder: Folder, scan: Scan): Promise<void> {
  await scan.watch.add(folder.absolute);
  const self = await stat(folder.absolute, { bigint: true }).catch(() => undefined);
  const identity = `${self?.dev}:${self?.ino}`;
  if (self === undefined || folder.above.includes(identity)) return;
  for (const entry of await list(folder.absolute, scan)) {
    if (entry.name.startsWith(".")) continue;
    const absolute = join(folder.absolute, entry.name);
    const shown = join(folder.shown, entry.name);
    if (entry.isSymbolicLink()) await follow(absolute, scan);
    const stats = entry.isSymbolicLink() ? await stat(absolute).catch(() => undefined) : entry;
    if (stats?.isDirectory()) {
      await readFolder({ absolute, shown, above: [...folder.above, identity] }, scan);
    } else if (stats?.isFile() && hasKnownExtension(entry.name)) {
      if (!scan.files.has(absolute)) scan.files.set(absolute, shown);
    }
  }
}

async function list(folder: string, scan: Scan): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") scan.unlisted.set(folder, error.message);
    return [];
  }
}

async function follow(path: string, { ways, watch }: Scan): Promise<void> {
  for (const step of await watchWayTo(path, watch)) ways.add(step);
}
