import type { Source, SourceState } from "./source.ts";

/** One source of several: what they say together, in their order, once each has said something. */
export function mergeSources(sources: readonly Source[]): Source {
  const [only] = sources;
  if (sources.length === 1 && only !== undefined) return only;
  return { kind: sources.map(({ kind }) => kind).join("+"), watch: (signal) => watchAll(sources, signal) };
}

async function* watchAll(sources: readonly Source[], outer: AbortSignal): AsyncGenerator<SourceState> {
  const controller = new AbortController();
  const signal = AbortSignal.any([outer, controller.signal]);
  const running = sources.map((source) => source.watch(signal)[Symbol.asyncIterator]());
  const states: (SourceState | undefined)[] = sources.map(() => undefined);
  const next = running.map((iterator, index) => advance(iterator, index));
  try {
    while (next.some((promise) => promise !== undefined)) {
      const { index, result } = await Promise.race(next.filter((promise) => promise !== undefined));
      const iterator = running[index];
      if (result.done || iterator === undefined) {
        next[index] = undefined;
        continue;
      }
      states[index] = result.value;
      next[index] = advance(iterator, index);
      const known = states.filter((state) => state !== undefined);
      if (known.length === sources.length) yield toState(known);
    }
  } finally {
    controller.abort();
    await Promise.allSettled(next);
  }
}

interface Step {
  readonly index: number;
  readonly result: IteratorResult<SourceState>;
}

function advance(iterator: AsyncIterator<SourceState>, index: number): Promise<Step> | undefined {
  return iterator.next().then((result) => ({ index, result }));
}

function toState(states: readonly SourceState[]): SourceState {
  const waits = states.flatMap(({ isSettled }) => isSettled ?? []);
  return {
    documents: states.flatMap(({ documents }) => documents),
    problems: states.flatMap(({ problems }) => problems),
    ...(waits.length > 0 && { isSettled: Promise.all(waits).then((settled) => settled.every(Boolean)) }),
  };
}
