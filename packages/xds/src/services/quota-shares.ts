/**
 * Splits a limit, a whole number, over those who want `demands` of it. Nobody gets less than the smaller of what it wants
 * and an even share, give or take one; what is left when all have what they want is split evenly. The shares are whole
 * numbers, and their sum is the limit.
 * @experimental
 */
export function splitQuota(limit: number, demands: readonly number[]): readonly number[] {
  if (!Number.isSafeInteger(limit) || limit < 0) throw new RangeError(`limit is ${limit}: it must be a whole number`);
  const wrong = demands.find((demand) => !(demand >= 0));
  if (wrong !== undefined) throw new RangeError(`a demand is ${wrong}: it must not be negative`);
  const level = fairLevel(limit, demands);
  const wanted = demands.map((demand) => Math.min(demand, level));
  const left = Math.max(0, limit - wanted.reduce((sum, share) => sum + share, 0)) / Math.max(1, demands.length);
  return roundTo(
    limit,
    wanted.map((share) => share + left),
  );
}

/** What everyone may have at most so that the limit is used up; Infinity if there is enough for all. */
function fairLevel(limit: number, demands: readonly number[]): number {
  let left = limit;
  let others = demands.length;
  for (const demand of demands.toSorted((a, b) => a - b)) {
    if (demand * others > left) return left / others;
    left -= demand;
    others--;
  }
  return Number.POSITIVE_INFINITY;
}

/** Makes whole numbers of shares whose sum is about `total`: those that lose most by it get what is left. */
function roundTo(total: number, shares: readonly number[]): readonly number[] {
  const whole = shares.map(Math.floor);
  let left = total - whole.reduce((sum, share) => sum + share, 0);
  const byLoss = shares
    .map((share, index) => ({ index, loss: share - Math.floor(share) }))
    .sort((a, b) => b.loss - a.loss || a.index - b.index);
  for (const { index } of byLoss) {
    if (left <= 0) break;
    whole[index] = (whole[index] ?? 0) + 1;
    left--;
  }
  return whole;
}
