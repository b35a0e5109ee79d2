import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "./command.ts";

/** Throws a UsageError unless a path is a file or a folder. */
export async function requirePath(path: string, cwd: string): Promise<void> {
  const stats = await stat(resolve(cwd, path)).catch(() => undefined);
  if (stats === undefined) throw new UsageError(`Cannot read "${path}": there is no such file or folder`);
  if (!stats.isFile() && !stats.isDirectory()) throw new UsageError(`Cannot read "${path}": it is no file or folder`);
}
