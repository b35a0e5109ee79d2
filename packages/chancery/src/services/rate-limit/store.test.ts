import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { silentLogger } from "../../logs.ts";
import type { Charge, Count } from "./count.ts";
import { MemoryStore } from "./memory-store.ts";
import { RedisStore } from "./redis-store.ts";
import type { Store } from "./store.ts";
import { noRedis, startRedis } from "./testdata/redis.ts";

interface Kind {
  readonly name: string;
  readonly skip: string | false;
  open(t: TestContext, now: () => number): Promise<Store>;
}

const kinds: readonly Kind[] = [
  { name: "memory", skip: false, open: async (_, now) => new MemoryStore({ now }) },
  {
    name: "redis",
    skip: noRedis,
    async open(t, now) {
      const { url } = await startRedis(t);
      const prefix = `${randomUUID()}:`;
      return await connected(new RedisStore({ url, now, prefix, log: silentLogger(), timeoutMs: 5000 }));
    },
  },
];

const minuteMs = 60_000;
// The start of a minute.
const startMs = 1_700_000_040_000;
const limit = { key: "1:a", requests: 3, windowMs: minuteMs, burst: 3 };

for (const { name, skip, open } of kinds) {
  const contract = (title: string, run: (count: Counting) => Promise<void>) =>
    test(`${name}: ${title}`, { skip }, async (t) => {
      let nowMs = startMs;
      const store = await open(t, () => nowMs);
      t.after(() => store.close());
      await run({
        at: (ms) => {
          nowMs = startMs + ms;
        },
        count: async (charge) => {
          const [first = assert.fail("no count")] = await store.count([
            { ...limit, algorithm: "fixed_window", ...charge },
          ]);
          return { after: round(first.after), over: first.over, resetMs: round(first.resetMs) };
        },
        all: async (charges) => (await store.count(charges)).map(({ before, after }) => [round(before), round(after)]),
      });
    });

  contract("a fixed window counts all hits until it ends, those over the limit too", async ({ at, count }) => {
    at(10_000);
    assert.deepEqual(await count({ hits: 3 }), { after: 3, over: false, resetMs: 50_000 });
    assert.deepEqual(await count({ hits: 1 }), { after: 4, over: true, resetMs: 50_000 });
    at(59_999);
    assert.deepEqual(await count({ hits: 1 }), { after: 5, over: true, resetMs: 1 });
    at(60_000);
    assert.deepEqual(await count({ hits: 1 }), { after: 1, over: false, resetMs: 60_000 });
  });

  contract("no hits only look, less give back, and nobody has less than none in use", async ({ count }) => {
    for (const algorithm of ["fixed_window", "sliding_window", "gcra"] as const) {
      const key = `2:${algorithm}`;
      assert.equal((await count({ key, algorithm, hits: 3 })).over, false);
      assert.partialDeepStrictEqual(await count({ key, algorithm, hits: 0 }), { after: 3, over: false });
      assert.partialDeepStrictEqual(await count({ key, algorithm, hits: -1 }), { after: 2, over: false });
      assert.partialDeepStrictEqual(await count({ key, algorithm, hits: 1 }), { after: 3, over: false });
      assert.partialDeepStrictEqual(await count({ key, algorithm, hits: -100 }), { after: 0, over: false });
      assert.partialDeepStrictEqual(await count({ key, algorithm, hits: 3 }), { after: 3, over: false });
    }
  });

  contract("a sliding window has no edge at which twice the limit passes", async ({ at, count }) => {
    const algorithm = "sliding_window";
    at(59_000);
    assert.deepEqual(await count({ algorithm, hits: 3 }), { after: 3, over: false, resetMs: 61_000 });
    at(60_000);
    assert.deepEqual(await count({ algorithm, hits: 1 }), { after: 4, over: true, resetMs: 60_000 });
    at(80_000); // Two thirds of the window before still lie in this one.
    assert.deepEqual(await count({ algorithm, hits: 1 }), { after: 3, over: false, resetMs: 100_000 });
    assert.equal((await count({ algorithm, hits: 1 })).over, true);
    at(180_000);
    assert.equal((await count({ algorithm, hits: 3 })).over, false);
  });

  contract("a sliding window gives back what the window before has", async ({ at, count }) => {
    const algorithm = "sliding_window";
    await count({ algorithm, hits: 3 });
    at(60_000);
    assert.deepEqual(await count({ algorithm, hits: -2 }), { after: 1, over: false, resetMs: 60_000 });
    assert.equal((await count({ algorithm, hits: 2 })).over, false);
  });

  contract("GCRA lets hits pass as they flow off, and what does not fit does not count", async ({ at, count }) => {
    const algorithm = "gcra";
    assert.deepEqual(await count({ algorithm, hits: 3 }), { after: 3, over: false, resetMs: 60_000 });
    assert.equal((await count({ algorithm, hits: 1 })).over, true);
    at(20_000); // One has flowed off.
    assert.deepEqual(await count({ algorithm, hits: 1 }), { after: 3, over: false, resetMs: 60_000 });
    assert.equal((await count({ algorithm, hits: 1 })).over, true);
    at(100_000); // In the next window of its own length, and two more have.
    assert.deepEqual(await count({ algorithm, hits: 1 }), { after: 1, over: false, resetMs: 20_000 });
  });

  contract("GCRA with a burst lets no more than that come at once", async ({ at, count }) => {
    const charge = { algorithm: "gcra", requests: 60, burst: 2 } as const;
    assert.equal((await count({ ...charge, hits: 2 })).over, false);
    assert.equal((await count({ ...charge, hits: 1 })).over, true);
    at(1000);
    assert.equal((await count({ ...charge, hits: 1 })).over, false);
    assert.equal((await count({ ...charge, hits: 1 })).over, true);
    at(4000); // Longer than its burst takes to flow off.
    assert.deepEqual(await count({ ...charge, hits: 1 }), { after: 1, over: false, resetMs: 1000 });
  });

  contract("a limit of 0 lets nothing pass", async ({ count }) => {
    for (const algorithm of ["fixed_window", "sliding_window", "gcra"] as const) {
      assert.equal((await count({ algorithm, requests: 0, burst: 0, hits: 1 })).over, true);
      assert.equal((await count({ key: "1:b", algorithm, requests: 0, burst: 0, hits: 0 })).over, false);
    }
  });

  contract("charges of one request are counted in their order, also on the same key", async ({ all }) => {
    const charge: Charge = { ...limit, algorithm: "fixed_window", hits: 1 };
    assert.deepEqual(await all([charge, { ...charge, key: "1:b", hits: 5 }, charge]), [
      [0, 1],
      [0, 5],
      [1, 2],
    ]);
  });

  contract("keys, windows and algorithms are counted apart", async ({ count }) => {
    for (const other of [{}, { key: "1:b" }, { windowMs: 1000 }, { algorithm: "gcra" } as const]) {
      assert.equal((await count({ ...other, hits: 1 })).after, 1);
    }
  });

  contract("a clock that is set back leaves nothing used up for longer than a window", async ({ at, count }) => {
    for (const algorithm of ["fixed_window", "sliding_window", "gcra"] as const) {
      at(60 * minuteMs);
      assert.equal((await count({ algorithm, hits: 3 })).over, false);
      assert.equal((await count({ algorithm, hits: 1 })).over, true);
      at(10_000);
      await count({ algorithm, hits: 0 });
      at(10_000 + minuteMs);
      assert.equal((await count({ algorithm, hits: 1 })).over, false, algorithm);
    }
  });
}

test("memory and Redis count alike, whatever comes", { skip: noRedis }, async (t) => {
  let nowMs = startMs;
  const now = () => nowMs;
  const { url } = await startRedis(t);
  const redis = await connected(new RedisStore({ url, now, log: silentLogger(), timeoutMs: 5000 }));
  t.after(() => redis.close());
  const memory = new MemoryStore({ now });
  let seed = 1;
  const next = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 16) % below;
  };
  const algorithms = ["fixed_window", "sliding_window", "gcra"] as const;
  for (let i = 0; i < 300; i++) {
    nowMs += next(4) * 5000;
    const charges = Array.from({ length: 1 + next(3) }, (): Charge => {
      const key = String(next(3));
      const algorithm = algorithms[next(3)] ?? "gcra";
      return { key, algorithm, hits: next(6) - 2, requests: 6, burst: 4, windowMs: minuteMs * (1 + next(2)) };
    });
    const rounded = (count: Count) => [round(count.before), round(count.after), count.over, round(count.resetMs)];
    const ours = memory.count(charges).map(rounded);
    assert.deepEqual((await redis.count(charges)).map(rounded), ours, `${i}: ${JSON.stringify(charges)}`);
  }
});

interface Counting {
  /** Sets the time, from the start of a minute. */
  at(ms: number): void;
  count(
    charge: Partial<Charge> & { readonly hits: number },
  ): Promise<{ after: number; over: boolean; resetMs: number }>;
  all(charges: readonly Charge[]): Promise<number[][]>;
}

function round(number: number): number {
  return Math.round(number * 1000) / 1000;
}

test("memory: what has run out is forgotten without being looked for", async () => {
  let nowMs = startMs;
  const store = new MemoryStore({ now: () => nowMs });
  for (const algorithm of ["fixed_window", "sliding_window", "gcra"] as const) {
    for (let i = 0; i < 100; i++) store.count([{ ...limit, key: String(i), algorithm, hits: 1 }]);
  }
  assert.equal(store.stats.keys, 300);
  store.count([{ ...limit, key: "looked at", algorithm: "fixed_window", hits: 0 }]);
  assert.equal(store.stats.keys, 300);
  nowMs += 3 * minuteMs;
  store.count([{ ...limit, key: "new", algorithm: "fixed_window", hits: 1 }]);
  assert.deepEqual(store.stats, { keys: 1, evicted: 0, lost: 0 });
});

test("memory: a clock that trembles begins no window anew", async () => {
  let nowMs = startMs;
  const store = new MemoryStore({ now: () => nowMs });
  const hit = () => store.count([{ ...limit, algorithm: "fixed_window", hits: 1 }])[0]?.after;
  assert.equal(hit(), 1);
  nowMs -= 100;
  assert.equal(hit(), 2);
  nowMs += 100;
  assert.equal(hit(), 3);
});

test("memory: at its limit a key with few hits is forgotten, not one with many", async () => {
  const store = new MemoryStore({ now: () => startMs, maxKeys: 10 });
  const count = (key: string, hits: number) => store.count([{ ...limit, key, algorithm: "fixed_window", hits }])[0];
  count("busy", 100);
  for (let i = 0; i < 1000; i++) count(`once ${i}`, 1);
  assert.equal(count("busy", 0)?.after, 100);
  assert.deepEqual(store.stats, { keys: 10, evicted: 991, lost: 0 });
});

test("redis: while it is away the counts are out of reach, and when it is back they are there", {
  skip: noRedis,
}, async (t) => {
  const redis = await startRedis(t);
  const store = await connected(new RedisStore({ url: redis.url, log: silentLogger(), timeoutMs: 5000 }));
  t.after(() => store.close());
  await redis.stop();
  await assert.rejects(async () => store.count([{ ...limit, algorithm: "gcra", hits: 1 }]), { name: "StoreLost" });
  assert.equal(store.stats.lost > 0, true);
  await startRedis(t, redis.port);
  await connected(store);
});

test("redis: one that does not answer in time is out of reach", { skip: noRedis }, async (t) => {
  const redis = await startRedis(t);
  const store = await connected(new RedisStore({ url: redis.url, log: silentLogger(), timeoutMs: 5000 }));
  t.after(() => store.close());
  const hasty = await connected(new RedisStore({ url: redis.url, log: silentLogger(), timeoutMs: 30 }));
  t.after(() => hasty.close());
  redis.signal("SIGSTOP");
  await assert.rejects(async () => hasty.count([{ ...limit, algorithm: "gcra", hits: 1 }]), { name: "StoreLost" });
  redis.signal("SIGCONT");
  await connected(hasty);
});

/** Waits until the store answers. */
async function connected<T extends Store>(store: T): Promise<T> {
  for (;;) {
    try {
      await store.count([{ ...limit, key: "hello", algorithm: "fixed_window", hits: 0 }]);
      return store;
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
