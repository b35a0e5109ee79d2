import assert from "node:assert/strict";
import { test } from "node:test";
import type { RateLimitDescriptor, RateLimitRequest, RateLimitResponse } from "@chancery/xds/services";
import { parseDocuments } from "../../documents/parse.ts";
import { Limiter, type LimiterOptions } from "./limiter.ts";
import { MemoryStore } from "./memory-store.ts";
import { readRateLimits } from "./read.ts";
import { type Store, StoreLost } from "./store.ts";

// A second after the start of an hour.
const nowMs = 1_700_002_801_000;

test("key and value go before a pattern of the value, and that before the key alone", () => {
  const { limitOf } = limiter(`
domain: d
descriptors:
  - key: path
    rate_limit: { unit: hour, requests_per_unit: 1 }
  - key: path
    value: /api/*
    rate_limit: { unit: hour, requests_per_unit: 2 }
  - key: path
    value: /api/v1
    rate_limit: { unit: hour, requests_per_unit: 3 }
`);
  assert.equal(limitOf([["path", "/"]]), 1);
  assert.equal(limitOf([["path", "/api/v2"]]), 2);
  assert.equal(limitOf([["path", "/api/v1"]]), 3);
  assert.equal(limitOf([["PATH", "/api/v1"]]), undefined);
  assert.equal(limitOf([["path", ""]]), 1);
});

test("each * of a value stands for any characters, and the first pattern of the file that fits decides", () => {
  const { limitOf } = limiter(`
domain: d
descriptors:
  - { key: path, value: /api/*/action, rate_limit: { unit: hour, requests_per_unit: 1 } }
  - { key: path, value: /api/*/resource/*/action, rate_limit: { unit: hour, requests_per_unit: 2 } }
  - { key: path, value: "*.jpg", rate_limit: { unit: hour, requests_per_unit: 3 } }
  - { key: path, value: /v*/*, rate_limit: { unit: hour, requests_per_unit: 4 } }
  - { key: path, value: /v1/*, rate_limit: { unit: hour, requests_per_unit: 5 } }
`);
  assert.equal(limitOf([["path", "/api/7/action"]]), 1);
  assert.equal(limitOf([["path", "/api/7/resource/8/action"]]), 1);
  assert.equal(limitOf([["path", "/api/7/other"]]), undefined);
  assert.equal(limitOf([["path", "/api/action"]]), undefined);
  assert.equal(limitOf([["path", "/img/cat.jpg"]]), 3);
  assert.equal(limitOf([["path", "/v1/carts"]]), 4);
});

test("the depth has to be the same", () => {
  const { limitOf } = limiter(`
domain: d
descriptors:
  - key: a
    rate_limit: { unit: hour, requests_per_unit: 1 }
    descriptors:
      - key: b
        rate_limit: { unit: hour, requests_per_unit: 2 }
  - key: c
    descriptors:
      - key: d
        rate_limit: { unit: hour, requests_per_unit: 3 }
`);
  assert.equal(limitOf([["a", "1"]]), 1);
  assert.equal(
    limitOf([
      ["a", "1"],
      ["b", "1"],
    ]),
    2,
  );
  assert.equal(
    limitOf([
      ["a", "1"],
      ["b", "1"],
      ["c", "1"],
    ]),
    undefined,
  );
  assert.equal(limitOf([["c", "1"]]), undefined);
  assert.equal(
    limitOf([
      ["c", "1"],
      ["d", "1"],
    ]),
    3,
  );
  assert.equal(limitOf([]), undefined);
});

test("each value of a rule without one has the whole limit, and the windows begin with the epoch", () => {
  const { ask } = limiter(
    "domain: d\ndescriptors: [{ key: ip, rate_limit: { unit: minute, requests_per_unit: 2, name: n } }]",
  );
  assert.deepEqual(ask([["ip", "1"]]), {
    overallCode: "OK",
    statuses: [
      {
        code: "OK",
        currentLimit: { name: "n", requestsPerUnit: 2, unit: 2 },
        limitRemaining: 1,
        durationUntilResetMs: 59_000,
      },
    ],
  });
  assert.equal(ask([["ip", "1"]]).overallCode, "OK");
  assert.partialDeepStrictEqual(ask([["ip", "1"]]), {
    overallCode: "OVER_LIMIT",
    statuses: [{ code: "OVER_LIMIT", limitRemaining: 0 }],
  });
  assert.equal(ask([["ip", "2"]]).overallCode, "OK");
});

test("no two descriptors share a count, however their texts run together", () => {
  const rule = "rate_limit: { unit: hour, requests_per_unit: 1 }";
  const { code } = limiter(`
domain: d
descriptors:
  - { key: a, ${rule}, descriptors: [{ key: b, ${rule} }] }
  - { key: a_b, ${rule} }
`);
  const descriptors: Pairs[] = [
    [["a", "b_c"]],
    [["a_b", "c"]],
    [
      ["a", "1"],
      ["b", "2"],
    ],
    [["a", "1_b_2"]],
    [["a", "1=1:b"]],
  ];
  for (const descriptor of descriptors) assert.equal(code(descriptor), "OK");
  for (const descriptor of descriptors) assert.equal(code(descriptor), "OVER_LIMIT");
});

test("what no rule is for passes, and so does a domain that is not known", () => {
  const { ask, limiter: decides } = limiter("domain: d\ndescriptors: [{ key: a }]");
  const ok = { overallCode: "OK", statuses: [{ code: "OK", limitRemaining: 0 }] };
  assert.deepEqual(ask([["a", "no limit"]]), ok);
  assert.deepEqual(ask([["b", ""]]), ok);
  assert.deepEqual(decides.decide(request("other", [[["a", ""]]])), ok);
  assert.equal(decides.unmatched, 3);
});

test("what is unlimited is told from what is not known by what remains", () => {
  const { ask, stats } = limiter("domain: d\ndescriptors: [{ key: a, rate_limit: { unlimited: true } }]");
  assert.deepEqual(ask([["a", "1"]]), { overallCode: "OK", statuses: [{ code: "OK", limitRemaining: 4_294_967_295 }] });
  assert.partialDeepStrictEqual(stats("a"), { totalHits: 1, withinLimit: 1 });
});

test("a request is over the limit if one of its descriptors is, and all of them are counted", () => {
  const { decide } = limiter(`
domain: d
descriptors:
  - { key: a, rate_limit: { unit: hour, requests_per_unit: 1 } }
  - { key: b, rate_limit: { unit: hour, requests_per_unit: 5 } }
`);
  const both = request("d", [[["a", "1"]], [["b", "1"]], [["c", "1"]]]);
  decide(both);
  const { overallCode, statuses } = decide(both);
  assert.equal(overallCode, "OVER_LIMIT");
  assert.deepEqual(
    statuses.map(({ code, limitRemaining }) => [code, limitRemaining]),
    [
      ["OVER_LIMIT", 0],
      ["OK", 3],
      ["OK", 0],
    ],
  );
});

test("a limit that another of the request replaces does not count", () => {
  const { decide } = limiter(`
domain: d
descriptors:
  - key: key_1
    value: value_1
    descriptors:
      - { key: user, value: u, rate_limit: { name: specific, requests_per_unit: 1, unit: second } }
  - key: key_2
    value: value_2
    descriptors:
      - { key: user, value: u, rate_limit: { replaces: [{ name: specific }], requests_per_unit: 3, unit: second } }
`);
  const first: Pairs = [
    ["key_1", "value_1"],
    ["user", "u"],
  ];
  const second: Pairs = [
    ["key_2", "value_2"],
    ["user", "u"],
  ];
  for (let i = 0; i < 3; i++) {
    const { overallCode, statuses } = decide(request("d", [first, second]));
    assert.equal(overallCode, "OK");
    assert.deepEqual(statuses[0], { code: "OK", limitRemaining: 0 });
  }
  assert.equal(decide(request("d", [first, second])).overallCode, "OVER_LIMIT");
  assert.equal(decide(request("d", [first])).overallCode, "OK");
});

test("in shadow mode all is counted, and nothing refused", () => {
  const { ask, stats } = limiter(
    "domain: d\ndescriptors: [{ key: a, shadow_mode: true, rate_limit: { unit: hour, requests_per_unit: 1 } }]",
  );
  for (let i = 0; i < 3; i++) assert.equal(ask([["a", "1"]]).overallCode, "OK");
  assert.partialDeepStrictEqual(ask([["a", "1"]]).statuses, [{ code: "OK", limitRemaining: 0 }]);
  assert.deepEqual(stats("a"), {
    domain: "d",
    rule: "a",
    totalHits: 4,
    withinLimit: 1,
    nearLimit: 1,
    overLimit: 3,
    shadowMode: 3,
  });
});

test("with shadow everything passes, and what would not have is counted", () => {
  const config = "domain: d\ndescriptors: [{ key: a, rate_limit: { unit: hour, requests_per_unit: 0 } }]";
  const { ask, limiter: decides } = limiter(config, { shadow: true });
  assert.partialDeepStrictEqual(ask([["a", "1"]]), { overallCode: "OK", statuses: [{ code: "OVER_LIMIT" }] });
  assert.equal(decides.shadowed, 1);
});

test("a quota that is used up lets requests pass and is told in the metadata", () => {
  const { ask } = limiter(
    "domain: d\ndescriptors: [{ key: a, quota_mode: true, rate_limit: { unit: hour, requests_per_unit: 1 } }]",
    { dynamicMetadata: true },
  );
  const metadata = { domain: "d", descriptors: [{ entries: ["a=1"] }], quotaModeEnabled: true };
  assert.deepEqual(ask([["a", "1"]]).dynamicMetadata, metadata);
  assert.partialDeepStrictEqual(ask([["a", "1"]]), {
    overallCode: "OK",
    statuses: [{ code: "OK", limitRemaining: 0 }],
    dynamicMetadata: { ...metadata, quotaModeViolations: [0] },
  });
});

test("hits are the descriptor's, else the request's, else one; those of a descriptor may be none or given back", () => {
  const { decide } = limiter("domain: d\ndescriptors: [{ key: a, rate_limit: { unit: hour, requests_per_unit: 10 } }]");
  const remaining = (hitsAddend: number, own: Partial<RateLimitDescriptor> = {}) =>
    decide({
      domain: "d",
      hitsAddend,
      descriptors: [{ entries: [{ key: "a", value: "1" }], isNegativeHits: false, ...own }],
    }).statuses[0]?.limitRemaining;
  assert.equal(remaining(0), 9);
  assert.equal(remaining(4), 5);
  assert.equal(remaining(4, { hitsAddend: 2 }), 3);
  assert.equal(remaining(4, { hitsAddend: 0 }), 3);
  assert.equal(remaining(4, { hitsAddend: 2, isNegativeHits: true }), 5);
  assert.equal(remaining(1, { isNegativeHits: true }), 6);
});

test("values of one pattern may share a limit", () => {
  const { code, stats } = limiter(`
domain: d
descriptors:
  - { key: f, value: files/*, share_threshold: true, value_to_metric: true, rate_limit: { unit: hour, requests_per_unit: 2 } }
  - { key: g, value: files/*, rate_limit: { unit: hour, requests_per_unit: 1 } }
  - { key: h, value: /a*/v*, share_threshold: true, detailed_metric: true, rate_limit: { unit: hour, requests_per_unit: 1 } }
`);
  assert.deepEqual(
    [code([["f", "files/a"]]), code([["f", "files/b"]]), code([["f", "files/c"]])],
    ["OK", "OK", "OVER_LIMIT"],
  );
  assert.deepEqual(
    [code([["g", "files/a"]]), code([["g", "files/b"]]), code([["g", "files/b"]])],
    ["OK", "OK", "OVER_LIMIT"],
  );
  assert.equal(stats("f_files/*")?.totalHits, 3);
  assert.equal(stats("g_files/*")?.totalHits, 3);
  assert.deepEqual([code([["h", "/a1/v1"]]), code([["h", "/a2/v2"]])], ["OK", "OVER_LIMIT"]);
  assert.equal(stats("h_/a*/v*")?.totalHits, 2);
});

test("statistics tell values apart where a rule says so", () => {
  const { ask, names } = limiter(`
domain: d
descriptors:
  - { key: plain, rate_limit: { unit: hour, requests_per_unit: 1 } }
  - { key: detailed, detailed_metric: true, rate_limit: { unit: hour, requests_per_unit: 1 } }
  - key: route
    value_to_metric: true
    descriptors:
      - key: method
        value: GET*
        value_to_metric: true
        descriptors:
          - { key: subject, rate_limit: { unit: hour, requests_per_unit: 1 } }
`);
  ask([["plain", "x"]]);
  ask([["detailed", "x"]]);
  ask([
    ["route", "api"],
    ["method", "GETTER"],
    ["subject", "7"],
  ]);
  assert.deepEqual(names(), [
    "plain",
    "detailed",
    "route.method_GET*.subject",
    "detailed_x",
    "route_api.method_GETTER.subject",
  ]);
});

test("hits are near a limit beyond 80 % of it, and over it beyond all of it", () => {
  const { decide, stats } = limiter(
    "domain: d\ndescriptors: [{ key: a, rate_limit: { unit: hour, requests_per_unit: 10 } }]",
  );
  const hit = (hitsAddend: number) => decide({ ...request("d", [[["a", "1"]]]), hitsAddend });
  hit(9);
  assert.partialDeepStrictEqual(stats("a"), { totalHits: 9, nearLimit: 1, overLimit: 0, withinLimit: 9 });
  hit(3);
  assert.partialDeepStrictEqual(stats("a"), { totalHits: 12, nearLimit: 2, overLimit: 2, withinLimit: 9 });
  hit(5);
  assert.partialDeepStrictEqual(stats("a"), { totalHits: 17, nearLimit: 2, overLimit: 7, withinLimit: 9 });
});

test("how near a limit is near it may be said", () => {
  const { decide, stats } = limiter(
    "domain: d\ndescriptors: [{ key: a, rate_limit: { unit: hour, requests_per_unit: 10 } }]",
    { nearRatio: 0.5 },
  );
  decide({ ...request("d", [[["a", "1"]]]), hitsAddend: 9 });
  assert.partialDeepStrictEqual(stats("a"), { totalHits: 9, nearLimit: 4 });
});

test("headers may have other names", () => {
  const { decide } = limiter(
    "domain: d\ndescriptors: [{ key: a, rate_limit: { unit: hour, requests_per_unit: 10 } }]",
    { headers: { limit: "x-limit", remaining: "x-remaining", reset: "x-reset" } },
  );
  assert.deepEqual(decide(request("d", [[["a", "1"]]])).responseHeadersToAdd, [
    { key: "x-limit", value: "10" },
    { key: "x-remaining", value: "9" },
    { key: "x-reset", value: "3599" },
  ]);
});

test("a descriptor may bring its own limit, for a known domain", () => {
  const { decide, limiter: decides } = limiter("domain: d");
  const own = { requestsPerUnit: 1, unit: 2, unitMultiplier: 2 };
  const asked = {
    ...request("d", []),
    descriptors: [{ entries: [{ key: "a", value: "1" }], isNegativeHits: false, limit: own }],
  };
  assert.partialDeepStrictEqual(decide(asked).statuses, [
    {
      code: "OK",
      currentLimit: own,
      limitRemaining: 0,
      durationUntilResetMs: 119_000,
    },
  ]);
  assert.equal(decide(asked).overallCode, "OVER_LIMIT");
  assert.partialDeepStrictEqual(decides.decide({ ...asked, domain: "other" }), { overallCode: "OK" });
  const odd = {
    ...asked,
    descriptors: [{ entries: [{ key: "a", value: "1" }], isNegativeHits: false, limit: { ...own, unit: 99 } }],
  };
  assert.throws(() => decide(odd), { message: /unit 99/ });
});

test("headers tell of the limit that is over, or has least left", () => {
  const { decide } = limiter(
    `
domain: d
descriptors:
  - { key: a, rate_limit: { unit: hour, requests_per_unit: 5 } }
  - { key: b, rate_limit: { unit: minute, requests_per_unit: 2 } }
`,
    { headers: true },
  );
  const headers = () =>
    decide(request("d", [[["a", "1"]], [["b", "1"]]])).responseHeadersToAdd?.map(
      ({ key, value }) => `${key}: ${value}`,
    );
  assert.deepEqual(headers(), ["RateLimit-Limit: 2", "RateLimit-Remaining: 1", "RateLimit-Reset: 59"]);
  headers();
  assert.deepEqual(headers(), ["RateLimit-Limit: 2", "RateLimit-Remaining: 0", "RateLimit-Reset: 59"]);
  assert.deepEqual(decide(request("d", [[["c", "1"]]])).responseHeadersToAdd, []);
});

test("before there are rules there is no decision", () => {
  const decides = new Limiter({ store: new MemoryStore() });
  assert.throws(() => decides.decide(request("d", [[["a", "1"]]])), { name: "StatusError", code: 14 });
});

test("new rules go on with the counts of the old ones", () => {
  const {
    decide,
    limiter: decides,
    stats,
  } = limiter("domain: d\ndescriptors: [{ key: a, rate_limit: { unit: hour, requests_per_unit: 1 } }]");
  const asked = request("d", [[["a", "1"]]]);
  decide(asked);
  decides.use(domainsOf("domain: d\ndescriptors: [{ key: a, rate_limit: { unit: hour, requests_per_unit: 3 } }]"));
  assert.equal(decide(asked).statuses[0]?.limitRemaining, 1);
  assert.equal(stats("a")?.totalHits, 2);
  decides.use(domainsOf("domain: other"));
  assert.equal(stats("a"), undefined);
});

for (const [onLoss, code] of [
  ["allow", "OK"],
  ["deny", "OVER_LIMIT"],
] as const) {
  test(`while the counts are out of reach a request is ${code} with "${onLoss}"`, async () => {
    const store: Store = {
      count: async () => {
        throw new StoreLost("gone");
      },
      stats: { keys: 0, evicted: 0, lost: 0 },
      close() {},
    };
    const { limiter: decides } = limiter(
      `
domain: d
descriptors:
  - { key: a, rate_limit: { unit: hour, requests_per_unit: 1 } }
  - { key: b, shadow_mode: true, rate_limit: { unit: hour, requests_per_unit: 1 } }
`,
      { store, onLoss, headers: true },
    );
    const { overallCode, statuses, responseHeadersToAdd } = await decides.decide(
      request("d", [[["a", "1"]], [["b", "1"]], [["c", "1"]]]),
    );
    assert.equal(overallCode, code);
    assert.deepEqual(
      statuses.map((status) => status.code),
      [code, "OK", "OK"],
    );
    // Nobody knows what remains, so nobody is told.
    assert.ok(statuses.every(({ currentLimit }) => currentLimit === undefined));
    assert.deepEqual(responseHeadersToAdd, []);
  });
}

type Pairs = readonly (readonly [key: string, value: string])[];

function limiter(config: string, options: Partial<LimiterOptions> = {}) {
  const decides = new Limiter({ store: new MemoryStore({ now: () => nowMs }), ...options });
  decides.use(domainsOf(config));
  const decide = (asked: RateLimitRequest): RateLimitResponse => {
    const answer = decides.decide(asked);
    assert.ok(!(answer instanceof Promise));
    return answer;
  };
  const ask = (pairs: Pairs) => decide(request("d", [pairs]));
  return {
    limiter: decides,
    decide,
    ask,
    code: (pairs: Pairs) => ask(pairs).overallCode,
    limitOf: (pairs: Pairs) => ask(pairs).statuses[0]?.currentLimit?.requestsPerUnit,
    stats: (rule: string) => [...decides.statistics.all()].find((stats) => stats.rule === rule),
    names: () => [...decides.statistics.all()].map(({ rule }) => rule),
  };
}

function domainsOf(config: string) {
  const parsed = parseDocuments(config, { origin: "test", format: "yaml" });
  assert.ok(parsed.ok);
  const { domains, problems } = readRateLimits(parsed.documents);
  return domains ?? assert.fail(JSON.stringify(problems));
}

function request(domain: string, descriptors: readonly Pairs[]): RateLimitRequest {
  return {
    domain,
    hitsAddend: 0,
    descriptors: descriptors.map((pairs) => ({
      entries: pairs.map(([key, value]) => ({ key, value })),
      isNegativeHits: false,
    })),
  };
}
