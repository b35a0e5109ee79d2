import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bucketKey } from "./bucket-id.ts";
import type { QuotaAction } from "./quota-action.ts";
import { QuotaLedger, type QuotaLedgerOptions, type QuotaRule } from "./quota-ledger.ts";

interface Client {
  readonly name: string;
  readonly domain: string;
}

const bucket = new Map([["tenant", "acme"]]);
const [a, b, c] = ["a", "b", "c"].map((name): Client => ({ name, domain: "edge" })) as [Client, Client, Client];

test("the first report of a bucket is answered at once, and the shares of others follow", () => {
  const { report, round } = start({ requests: 100, per: "second" });
  assert.deepEqual(report(a, 1, 0), ["tokens 100/100 in 1 s for 60 s"]);
  assert.deepEqual(report(b, 1, 100), ["tokens 50/50 in 1 s for 60 s"]);
  assert.deepEqual(round(1_000), { a: ["tokens 50/50 in 1 s for 60 s"] });
  assert.deepEqual(round(2_000), {});
});

test("shares follow the demand, once it has changed enough", () => {
  const { report, round, shares } = start({ requests: 100, per: "second" });
  report(a, 1, 0);
  report(b, 1, 0);
  round(0);
  report(a, 101, 1_000);
  assert.deepEqual(round(1_000), { a: ["tokens 56/56 in 1 s for 60 s"], b: ["tokens 44/44 in 1 s for 60 s"] });
  for (let second = 2; second < 60; second++) {
    report(a, 500, second * 1_000);
    report(b, 10, second * 1_000);
    round(second * 1_000);
  }
  assert.deepEqual(shares(), { a: 90, b: 10 });
  report(b, 11, 60_000);
  assert.deepEqual(round(60_000), {}, "what hardly changes is not told");
});

test("an assignment is renewed when half of its time is over", () => {
  const { report, round } = start({ requests: 4, per: "minute" }, { ttlSeconds: 10 });
  report(a, 1, 0);
  assert.deepEqual(round(4_999), {});
  assert.deepEqual(round(5_000), { a: ["tokens 4/4 in 60 s for 10 s"] });
  assert.deepEqual(round(5_001), {});
});

test("who leaves frees its shares", () => {
  const { report, round, ledger } = start({ requests: 100, per: "second" });
  report(a, 1, 0);
  report(b, 1, 0);
  round(0);
  ledger.leave(a);
  assert.deepEqual(round(1_000), { b: ["tokens 100/100 in 1 s for 60 s"] });
  ledger.leave(b);
  assert.equal(ledger.empty, true);
});

test("a bucket that nobody asks for is abandoned, and is new when it is reported again", () => {
  const { report, round, ledger } = start({ requests: 100, per: "second" }, { idleSeconds: 30, ttlSeconds: 1_000 });
  report(a, 1, 0);
  report(b, 1, 0);
  round(0);
  report(a, 0, 10_000);
  report(b, 1, 10_000);
  assert.deepEqual(round(30_000), { a: ["abandon"], b: ["tokens 100/100 in 1 s for 1000 s"] });
  assert.deepEqual(round(40_000), { b: ["abandon"] });
  assert.equal(ledger.empty, true);
  assert.deepEqual(report(a, 1, 50_000), ["tokens 100/100 in 1 s for 1000 s"]);
});

test("more clients than requests get one each in a longer time, and Envoy notices that the time has changed", () => {
  const { report, round } = start({ requests: 1, per: "minute" });
  assert.deepEqual(report(a, 1, 0), ["tokens 1/1 in 60 s for 60 s"]);
  report(b, 1, 0);
  report(c, 1, 0);
  const longer = ["deny-all for 60 s", "tokens 1/1 in 180 s for 60 s"];
  assert.deepEqual(round(0), { a: longer, b: longer });
});

test("a burst is split as the limit is", () => {
  const { report } = start({ requests: 100, per: "minute", burst: 10 });
  assert.deepEqual(report(a, 1, 0), ["tokens 10/100 in 60 s for 60 s"]);
  assert.deepEqual(report(b, 1, 0), ["tokens 5/50 in 60 s for 60 s"]);
});

test("a rule may allow all or nothing, and may change", () => {
  let rule: QuotaRule = "allow";
  const { report, round } = start(() => rule);
  assert.deepEqual(report(a, 1, 0), ["allow-all for 60 s"]);
  rule = "deny";
  assert.deepEqual(round(0), { a: ["deny-all for 60 s"] });
  rule = { requests: 0, per: "second" };
  assert.deepEqual(round(0), {});
  rule = { requests: 7, per: "hour" };
  assert.deepEqual(round(0), { a: ["tokens 7/7 in 3600 s for 60 s"] });
});

test("a rule that makes no sense is an error for those it is for, and for nobody else", () => {
  const { ledger, report, round } = start((id) => (id.has("bad") ? { requests: 1.5, per: "second" } : "allow"));
  const bad = new Map([["bad", "1"]]);
  const message = /^requests of bucket \[\["bad","1"\]\] in domain "edge" is 1.5: it must be a whole number/;
  assert.throws(() => ledger.report(b, usageOf(bad, 1), 0), { message });
  report(a, 1, 0);
  assert.deepEqual(round(40_000), { a: ["allow-all for 60 s"], b: ["error"] });
});

test("whatever clients do, what all of them were told is never more than the limit after a round", () => {
  const steps = fc.array(
    fc.record({
      client: fc.integer({ min: 0, max: 9 }),
      leaves: fc.boolean(),
      requests: fc.integer({ min: 0, max: 10_000 }),
      afterMs: fc.integer({ min: 0, max: 20_000 }),
    }),
    { maxLength: 60 },
  );
  const rules = fc.record({
    requests: fc.integer({ min: 1, max: 1_000 }),
    per: fc.constantFrom("second" as const, "minute" as const, "hour" as const),
  });
  const clients = Array.from({ length: 10 }, (_, index): Client => ({ name: `${index}`, domain: "edge" }));
  fc.assert(
    fc.property(rules, steps, (rule, steps) => {
      const { ledger, report, round } = start(rule);
      const seconds = { second: 1, minute: 60, hour: 3_600 }[rule.per];
      let nowMs = 0;
      for (const { client, leaves, requests, afterMs } of steps) {
        nowMs += afterMs;
        const who = clients[client];
        assert.ok(who);
        if (leaves) ledger.leave(who);
        else report(who, requests, nowMs);
        round(nowMs);
        let perSecond = 0;
        for (const { shares } of ledger.buckets()) {
          for (const { strategy } of shares) {
            assert.ok(strategy?.kind === "tokens");
            assert.ok(strategy.tokens.refill >= 1 && strategy.tokens.max >= 1);
            perSecond += strategy.tokens.refill / strategy.tokens.seconds;
          }
        }
        if (!ledger.empty) assert.ok(Math.abs(perSecond * seconds - rule.requests) < 1e-6, `${perSecond}`);
      }
    }),
  );
});

function start(
  rule: QuotaRule | ((bucket: ReadonlyMap<string, string>) => QuotaRule),
  options: Partial<QuotaLedgerOptions> = {},
) {
  const ruleOf = (_: string, bucket: ReadonlyMap<string, string>) => (typeof rule === "function" ? rule(bucket) : rule);
  const ledger = new QuotaLedger<Client>({ ruleOf, ...options });
  return {
    ledger,
    report: (client: Client, requests: number, nowMs: number) =>
      ledger.report(client, usageOf(bucket, requests), nowMs).map(say),
    round(nowMs: number) {
      const said: Record<string, string[]> = {};
      for (const news of [...ledger.round(nowMs)].flat()) {
        const what = "error" in news ? ["error"] : news.actions.map(say);
        said[news.client.name] = [...(said[news.client.name] ?? []), ...what];
      }
      return said;
    },
    shares: () =>
      Object.fromEntries(
        [...ledger.buckets()].flatMap(({ shares }) =>
          shares.map(({ client, strategy }) => [
            client.name,
            strategy?.kind === "tokens" ? strategy.tokens.refill : strategy?.kind,
          ]),
        ),
      ),
  };
}

function usageOf(bucket: ReadonlyMap<string, string>, requests: number) {
  return { bucket, key: bucketKey(bucket), elapsedMs: 0, allowed: BigInt(requests), denied: 0n };
}

function say(action: QuotaAction): string {
  if ("abandon" in action) return "abandon";
  const { strategy, ttlSeconds } = action;
  if (strategy.kind !== "tokens") return `${strategy.kind} for ${ttlSeconds} s`;
  const { max, refill, seconds } = strategy.tokens;
  return `tokens ${max}/${refill} in ${seconds} s for ${ttlSeconds} s`;
}
