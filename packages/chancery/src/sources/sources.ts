import { codeSource, isCode } from "./code.ts";
import { fileSource } from "./file.ts";
import { mergeSources } from "./merge.ts";
import type { Source } from "./source.ts";

export interface PathsOptions {
  /** What relative paths start from; the process's own by default. */
  readonly cwd?: string;
}

/** What paths say: modules are run, other files and folders are read. */
export function sourceOf(paths: readonly string[], options: PathsOptions): Source {
  const code = paths.filter(isCode);
  const files = paths.filter((path) => !isCode(path));
  return mergeSources([
    ...(files.length > 0 || code.length === 0 ? [fileSource({ ...options, paths: files })] : []),
    ...(code.length > 0 ? [codeSource({ ...options, paths: code })] : []),
  ]);
}
