/** What one checker says of one endpoint. */
export interface Vote {
  readonly healthy: boolean;
  /** Why it says so, such as `HTTP 503`; "" if it does not tell. */
  readonly reason: string;
  readonly sinceMs: number;
}

/** What the checkers of an endpoint say together. */
export interface Count {
  /** How many are to say something. */
  readonly checkers: number;
  readonly healthy: number;
  readonly unhealthy: number;
  /** What more than half of them say; undefined if there is no such thing. */
  readonly majority: "healthy" | "unhealthy" | undefined;
}

/**
 * Counts what checkers say. One that has not said anything yet is one of them all the same, so that the first to speak
 * does not decide alone; one that has gone is none of them.
 */
export function countVotes(checkers: readonly string[], votes: ReadonlyMap<string, Vote>): Count {
  let [healthy, unhealthy] = [0, 0];
  for (const checker of checkers) {
    const vote = votes.get(checker);
    if (vote?.healthy === true) healthy++;
    else if (vote !== undefined) unhealthy++;
  }
  const half = checkers.length / 2;
  const majority = healthy > half ? "healthy" : unhealthy > half ? "unhealthy" : undefined;
  return { checkers: checkers.length, healthy, unhealthy, majority };
}
