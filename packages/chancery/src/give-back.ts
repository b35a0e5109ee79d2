import { statSync } from "node:fs";
import { flushCompileCache, getCompileCacheDir } from "node:module";
import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { withoutWarnings } from "./without-warnings.ts";

/**
 * Node keeps what it has read of its cache of compiled code until it is told to write what is new. There is nothing new
 * if nobody has written to the cache since this process started; else it would take a tenth of a second or more, and is
 * left to the end of the process.
 */
export function dropCompiledCode(): void {
  const folder = getCompileCacheDir();
  const stats = folder === undefined ? undefined : statSync(folder, { throwIfNoEntry: false });
  if (stats !== undefined && stats.mtimeMs < performance.timeOrigin) flushCompileCache();
}

/** Which of V8's flags is off from the start: what it was then is part of what code in the cache was compiled for. */
const packing = "memory-saver-mode";

/** Collects once more, and has the live objects of pages that are mostly empty moved to others. */
export function packHeap(): void {
  const canPack = process.execArgv.includes(`--no-${packing}`);
  if (canPack) setFlagsFromString(`--${packing}`);
  globalThis.gc?.();
  if (canPack) setFlagsFromString(`--no-${packing}`);
}

/** Returns to the kernel what `malloc` keeps for later, where its library can do so: GNU's can, others cannot. */
export function trimMalloc(): void {
  trim ??= loadTrim();
  trim();
}

let trim: (() => void) | undefined;

/** https://man7.org/linux/man-pages/man3/malloc_trim.3.html */
function loadTrim(): () => void {
  try {
    // Nothing depends on it here that this module of Node's is as it was.
    const { DynamicLibrary } = withoutWarnings(() => process.getBuiltinModule("node:ffi"));
    const mallocTrim = new DynamicLibrary(null).getFunction("malloc_trim", { arguments: ["uint64"], return: "int32" });
    return () => mallocTrim(0n);
  } catch {
    return () => {};
  }
}
