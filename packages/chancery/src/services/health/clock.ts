/** The time, and what is to happen later. */
export interface Clock {
  /** Milliseconds since 1970, which only grow. */
  now(): number;
  /** Calls `run` after so many milliseconds, unless what it returns is called before. */
  after(ms: number, run: () => void): () => void;
}

/** The time since this process began, whoever sets the machine's clock meanwhile; what waits keeps no process alive. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
