import { readFileSync, statSync } from "node:fs";
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
  const mallocTrim = systemFunction("malloc_trim", ["uint64"]);
  return () => void mallocTrim?.(0n);
}

/**
 * Lets go of the pages of Node's program and its libraries, on Linux: what is used again comes back from the kernel's cache
 * of the files, sixteen pages at a time. Most of what the start has touched, and the kernel has read ahead, is not.
 */
export function dropProgramPages(): void {
  drop ??= loadDrop();
  drop();
}

let drop: (() => void) | undefined;

/** `MADV_DONTNEED`: https://man7.org/linux/man-pages/man2/madvise.2.html */
const dontNeed = 4;

function loadDrop(): () => void {
  if (process.platform !== "linux") return () => {};
  const madvise = systemFunction("madvise", ["uint64", "uint64", "int32"]);
  if (madvise === undefined) return () => {};
  const mappings = programMappings(readFileSync("/proc/self/smaps", "latin1"), process.execPath);
  return () => {
    for (const { start, end } of mappings) madvise(start, end - start, dontNeed);
  };
}

interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
}

/** Libraries that every Node is linked to: others may be unloaded, and something else may come to stand where they were. */
const linked = /\/(?:ld-linux|libc|libm|libstdc\+\+|libgcc_s)[-.][^/]*$/;

/**
 * Where the program and its libraries are mapped just as they are in their files: nothing can be written there, and nothing
 * was, as it is to addresses that are put in at the start, which would be lost. Takes the text of `/proc/PID/smaps`
 * (https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html).
 */
export function programMappings(smaps: string, program: string): readonly Mapping[] {
  const mappings = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((mapping) => {
    const [, start, end, file = ""] = /^([0-9a-f]+)-([0-9a-f]+) r-.p \S+ \S+ \d+ +(\/.+)$/m.exec(mapping) ?? [];
    if ((file !== program && !linked.test(file)) || !/^Anonymous: +0 kB$/m.test(mapping)) return [];
    return [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }];
  });
  // V8 keeps the text that a regular expression was matched with last, and all that it is a part of.
  /(?:)/.exec("");
  return mappings;
}

type SystemFunction = (...args: readonly (bigint | number)[]) => bigint | number;

/** A function of the process's own C library; undefined where there is none, or no way to call it. */
function systemFunction(name: string, args: readonly ("uint64" | "int32")[]): SystemFunction | undefined {
  try {
    // Nothing depends on it here that this module of Node's is as it was.
    const { DynamicLibrary } = withoutWarnings(() => process.getBuiltinModule("node:ffi"));
    return new DynamicLibrary(null).getFunction(name, { arguments: args, return: "int32" });
  } catch {
    return undefined;
  }
}
