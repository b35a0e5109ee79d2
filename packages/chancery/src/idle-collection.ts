import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { dropCompiledCode, dropProgramPages, packHeap, trimMalloc } from "./give-back.ts";

const everyMs = 500;

/** A time of so many milliseconds with less work is one of rest. */
const restingShare = 0.05;

/** Less room, as a part of what is used, is left: what comes next fills it, and to pack it takes as long as to collect. */
const roomShare = 1 / 3;

/** So many times of rest are the end of a burst. */
const restTimes = 3;

/** Heaps up to which it is collected, in bytes. In larger ones it would take too long: more than 10 ms, that is, at the start. */
const most = { atStart: 32 * 1024 * 1024, whenIdle: 128 * 1024 * 1024 };

/**
 * Collects the garbage of the start. As V8 does so whenever the heap has grown by so much, it would otherwise come upon the
 * first larger piece of work.
 */
export function collectStart(): void {
  fitGrowth();
  collectUpTo(most.atStart);
}

/**
 * Collects the garbage that the start and each burst of work have left, when they are over, and gives the memory back: V8
 * by itself waits until the heap has grown by as much again. Without `--expose-gc` nothing is done. The process may end
 * meanwhile.
 */
export function collectWhenIdle(): void {
  if (globalThis.gc === undefined) return;
  const next = idleSteps([collectIdle, giveBack]);
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before);
    fitGrowth();
    next(utilization);
    // What a step took is no work.
    before = performance.eventLoopUtilization();
  }, everyMs).unref();
}

/**
 * To be told again and again what part of a time was work. Takes the steps, one at a time, when a burst is over; the start
 * is one.
 */
export function idleSteps(steps: readonly (() => void)[]): (utilization: number) => void {
  let rested = 0;
  return (utilization) => {
    rested = utilization > restingShare ? 0 : rested + 1;
    steps[rested - restTimes]?.();
  };
}

const collectIdle = () => collectUpTo(most.whenIdle);

/** Packs the heap if the collection before has found much room in its pages. */
function giveBack(): void {
  dropCompiledCode();
  const { total_heap_size: total, used_heap_size: used } = getHeapStatistics();
  if (total - used > used * roomShare) collectUpTo(most.whenIdle, packHeap);
  trimMalloc();
  dropProgramPages();
}

function collectUpTo(heapBytes: number, collect: () => void = () => globalThis.gc?.()): void {
  if (getHeapStatistics().used_heap_size < heapBytes) collect();
}

/** How much a heap grows before V8 collects its garbage: as the process was started, and while it is small. */
const growth = { usual: "--heap-growing-percent=100", small: "--heap-growing-percent=300" };
const smallBytes = 48 * 1024 * 1024;
let isSmall = false;

/**
 * Lets a small heap become four times as large, as V8 does by itself, and others twice. A burst would else come upon a
 * collection in its midst, though what it leaves is collected when it is over. V8 looks at the flag after each collection,
 * young ones too.
 */
function fitGrowth(): void {
  const wasSmall = isSmall;
  isSmall = getHeapStatistics().used_heap_size < smallBytes && process.execArgv.includes(growth.usual);
  if (isSmall !== wasSmall) setFlagsFromString(isSmall ? growth.small : growth.usual);
}
