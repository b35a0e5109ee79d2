/**
 * Runs the steps of long work in slices of a few milliseconds, with room for everything else in between. All work that
 * runs so takes turns: however much of it there is, others wait for one slice at a time.
 */
export async function inTurns<T>(steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const end = performance.now() + sliceMs;
    do {
      const { done, value } = steps.next();
      if (done) return value;
    } while (performance.now() < end);
    await turn();
  }
}

/** Runs the steps of long work one after the other: for who has nothing else to do. */
export function atOnce<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Joins texts to pieces, each made in one such slice: for long answers, which are sent while they are made. */
export async function* piecesInTurns(texts: Iterable<string>): AsyncGenerator<string, void> {
  let piece = "";
  let endMs = performance.now() + sliceMs;
  for (const text of texts) {
    piece += text;
    if (performance.now() < endMs) continue;
    yield piece;
    piece = "";
    await turn();
    endMs = performance.now() + sliceMs;
  }
  if (piece !== "") yield piece;
}

const sliceMs = 5;

const waiting: (() => void)[] = [];

function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (waiting.push(resolve) === 1) setImmediate(next);
  return promise;
}

function next(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(next);
}
