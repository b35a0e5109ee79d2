import { performance } from "node:perf_hooks";

const everyMs = 1_000;

/** A second with less work is one of rest. */
const restingShare = 0.05;

/** So many seconds of rest are the end of a burst; then so many collections: the first ones pave the way. */
const restSeconds = 2;
const collections = 2;

/** Heaps up to which it is collected, in bytes. In larger ones it would take too long: more than 10 ms, that is, at the start. */
const most = { atStart: 32 * 1024 * 1024, whenIdle: 128 * 1024 * 1024 };

/**
 * Collects the garbage of the start. As V8 does so whenever the heap has grown by so much, it would otherwise come upon the
 * first larger piece of work.
 */
export function collectStart(): void {
  collectUpTo(most.atStart);
}

/**
 * Collects the garbage that a burst of work has left, when it is over: V8 by itself waits until the heap has grown by as
 * much again. Without `--expose-gc` nothing is done. The process may end meanwhile.
 */
export function collectWhenIdle(): void {
  if (globalThis.gc === undefined) return;
  const second = idleCollector(() => collectUpTo(most.whenIdle));
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

function collectUpTo(heapBytes: number): void {
  if (process.memoryUsage().heapUsed < heapBytes) globalThis.gc?.();
}
