import { lstat, readlink } from "node:fs/promises";
import { isAbsolute, join, parse, sep } from "node:path";

const maxLinks = 40;

/**
 * The directories that decide what an absolute path leads to: each one on its way that holds a symbolic link, and the
 * one it ends in, or, when it leads nowhere, the last that exists. (A Kubernetes volume is changed by replacing the
 * link `..data` on the way, while the file and its own link stay as they are.)
 */
export async function directoriesOf(path: string): Promise<Set<string>> {
  const { root } = parse(path);
  const found = new Set<string>();
  const rest = partsOf(path);
  let at = root;
  for (let links = 0; links <= maxLinks; ) {
    const part = rest.shift();
    if (part === undefined) return found;
    const next = join(at, part);
    const stats = await lstat(next).catch(() => undefined);
    if (stats === undefined || rest.length === 0) found.add(at);
    if (stats === undefined) return found;
    if (stats.isSymbolicLink()) {
      found.add(at);
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

function partsOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((part) => part !== "");
}
