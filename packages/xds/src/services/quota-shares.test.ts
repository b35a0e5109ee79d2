import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { splitQuota } from "./quota-shares.ts";

const limits = fc.integer({ min: 0, max: 1_000_000 });
const demands = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 40 });
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

test("a limit is split by what is wanted, and what is left evenly", () => {
  assert.deepEqual(splitQuota(100, [10, 10]), [50, 50]);
  assert.deepEqual(splitQuota(100, [1000, 10]), [90, 10]);
  assert.deepEqual(splitQuota(100, [1000, 1000, 0]), [50, 50, 0]);
  assert.deepEqual(splitQuota(100, [30, 50]), [40, 60]);
  assert.deepEqual(splitQuota(10, [5, 5, 5]), [4, 3, 3]);
  assert.deepEqual(splitQuota(0, [5, 5]), [0, 0]);
});

test("shares are whole, not negative, and their sum is the limit", () => {
  fc.assert(
    fc.property(limits, demands, (limit, demands) => {
      const shares = splitQuota(limit, demands);
      assert.equal(shares.length, demands.length);
      assert.ok(shares.every((share) => Number.isSafeInteger(share) && share >= 0));
      assert.equal(sum(shares), limit);
    }),
  );
});

test("nobody gets less than an even share, unless it wants less", () => {
  fc.assert(
    fc.property(limits, demands, (limit, demands) => {
      const even = limit / demands.length;
      for (const [index, share] of splitQuota(limit, demands).entries()) {
        assert.ok(share >= Math.floor(Math.min(demands[index] ?? 0, even) - 1e-6), `${share} of ${limit}`);
      }
    }),
  );
});

test("if there is enough for all, each gets what it wants", () => {
  fc.assert(
    fc.property(limits, demands, (limit, demands) => {
      fc.pre(sum(demands) <= limit);
      const shares = splitQuota(limit, demands);
      assert.ok(shares.every((share, index) => share >= Math.floor((demands[index] ?? 0) - 1e-6)));
    }),
  );
});

test("who wants more does not get less, and who wants the same gets the same, give or take one", () => {
  fc.assert(
    fc.property(limits, demands, (limit, demands) => {
      const shares = splitQuota(limit, demands);
      for (const [i, one] of demands.entries()) {
        for (const [j, other] of demands.entries()) {
          if (one <= other) assert.ok((shares[i] ?? 0) <= (shares[j] ?? 0) + 1);
        }
      }
    }),
  );
});

test("what makes no sense is refused", () => {
  assert.throws(() => splitQuota(1.5, [1]), { message: /^limit is 1.5/ });
  assert.throws(() => splitQuota(1, [-1]), { message: /^a demand is -1/ });
});
