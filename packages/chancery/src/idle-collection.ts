import { performance } from "node:perf_hooks";

const everyMs = 1_000;

/** A second with less work is one of rest. */
const restingShare = 0.05;

/** So many seconds of rest are the end of a burst; then so many collections: the first ones pave the way. */
const restSeconds = 2;
const collections = 2;

/** Larger heaps would take too long to collect at once. In bytes. */
const mostCollected = 128 * 1024 * 1024;

/**
 * Collects the garbage that a burst of work has left, when it is over: V8 by itself waits until the heap has grown by as
 * much again. Without `--expose-gc` nothing is done. The process may end meanwhile.
 */
export function collectWhenIdle(): void {
  const { gc } = globalThis;
  if (gc === undefined) return;
  const second = idleCollector(() => {
    if (process.memoryUsage().heapUsed < mostCollected) gc();
  });
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before);
    second(utilization);
    // What a collection took is no work.
    before = performance.eventLoopUtilization();
  }, everyMs).unref();
}

/** To be told for each second what part of it was work; calls `collect` when a burst is over. */
export function idleCollector(collect: () => void): (utilization: number) => void {
  let rested = 0;
  let wanted = 0;
  return (utilization) => {
    if (utilization > restingShare) {
      rested = 0;
      wanted = collections;
    } else if (++rested >= restSeconds && wanted > 0) {
      wanted--;
      collect();
    }
  };
}
