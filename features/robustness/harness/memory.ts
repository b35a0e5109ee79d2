import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
// The flag makes `gc` a global of contexts that are made from now on.
const gc: () => void = runInNewContext("gc");

const MB = 1e6;

/** The heap that is in use, and all memory of the process, in MB, once everything unreachable is collected. */
export async function memoryInUse(): Promise<{ readonly heapMb: number; readonly externalMb: number; rssMb: number }> {
  // What a WeakRef held in this turn of the loop, and what waits to be finalised, is let go in the next.
  for (let round = 0; round < 3; round++) {
    await new Promise(setImmediate);
    gc();
  }
  const { used_heap_size, external_memory } = getHeapStatistics();
  return { heapMb: used_heap_size / MB, externalMb: external_memory / MB, rssMb: process.memoryUsage.rss() / MB };
}
