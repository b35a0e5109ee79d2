import type { Source, SourceState } from "./source.ts";

export interface Following extends AsyncDisposable {
  /** Resolves when the first state was handed over; rejects if the source fails before that. */
  readonly loaded: Promise<void>;
}

export interface Follower {
  /** The next state comes when this one is dealt with. */
  onState(state: SourceState): Promise<void> | void;
  /** Hears of a source that fails after its first state. */
  onError(error: unknown): void;
}

/** Hands each state of a source over until it is disposed of. */
export function follow(source: Source, { onState, onError }: Follower): Following {
  const controller = new AbortController();
  const { promise: loaded, resolve, reject } = Promise.withResolvers<void>();
  let isLoaded = false;
  const ended = (async () => {
    try {
      for await (const state of source.watch(controller.signal)) {
        await onState(state);
        isLoaded = true;
        resolve();
      }
    } catch (error) {
      if (isLoaded) onError(error);
      else reject(error);
    }
  })();
  return {
    loaded,
    async [Symbol.asyncDispose]() {
      controller.abort();
      await ended;
    },
  };
}
