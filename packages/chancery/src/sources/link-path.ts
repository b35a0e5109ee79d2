import { lstat, readlink } from "node:fs/promises";
import { isAbsolute, join, parse, sep } from "node:path";
import type { DirectoryWatch } from "./directory-watch.ts";

const maxLinks = 40;

/**
 * What decides where an absolute path leads to: each symbolic link on its way, and its end, or, when it leads nowhere, the
 * first that is missing. (A Kubernetes volume is changed by replacing the link `..data` on the way, while the file and its
 * own link stay as they are.)
 */
export async function wayTo(path: string): Promise<Set<string>> {
  const { root } = parse(path);
  const found = new Set<string>();
  const rest = partsOf(path);
  let at = root;
  for (let links = 0; links <= maxLinks; ) {
    const part = rest.shift();
    if (part === undefined) return found;
    const next = join(at, part);
    const stats = await lstat(next).catch(() => undefined);
    if (stats === undefined || rest.length === 0 || stats.isSymbolicLink()) found.add(next);
    if (stats === undefined) return found;
    if (stats.isSymbolicLink()) {
      links++;
      const target = await readlink(next).catch(() => "");
      rest.unshift(...partsOf(target));
      if (isAbsolute(target)) at = parse(target).root;
    } else {
      at = next;
    }
  }
  return found;
}

/** The same, watched: the file or folder that the path leads to from now on is this one, or a change is heard of. */
export async function watchWayTo(path: string, watch: DirectoryWatch): Promise<Set<string>> {
  for (;;) {
    const { opened } = watch;
    const way = await wayTo(path);
    for (const step of way) await watch.addEntry(step);
    // It may have changed between the look and the watch.
    if (watch.opened === opened) return way;
  }
}

function partsOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((part) => part !== "");
}
