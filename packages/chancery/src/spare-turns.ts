import { spareTurns } from "@chancery/xds/grpc";

/**
 * Runs the steps of work that can wait, half a millisecond at a time, in turns of the event loop that nothing else needs:
 * for what goes on all the time, such as writing logs. What somebody waits for is done `inTurns`.
 */
export function inSpareTurns<T>(steps: Generator<undefined, T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const run = (): void => {
    try {
      const endMs = performance.now() + sliceMs;
      do {
        const { done, value } = steps.next();
        if (done) {
          resolve(value);
          return;
        }
      } while (performance.now() < endMs);
      spareTurns.add(run);
    } catch (error) {
      reject(error);
    }
  };
  spareTurns.add(run);
  return promise;
}

/** The same for what is made piece by piece, when somebody asks for the next one. */
export class SparePace {
  #endMs = 0;

  /** Makes one thing, in the spare turn that the one before was made in if there is time left. */
  async make<T>(make: () => T): Promise<T> {
    if (performance.now() >= this.#endMs) {
      await new Promise<void>((resolve) => spareTurns.add(resolve));
      this.#endMs = performance.now() + sliceMs;
    }
    return make();
  }
}

const sliceMs = 0.5;
