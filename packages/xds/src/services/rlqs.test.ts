import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import { status } from "@grpc/grpc-js";
import { callBidi, collect, grpcClient, nextMessage, type Stream, statusOf } from "../grpc/testdata/grpc-client.ts";
import { serve } from "../grpc/testdata/serve.ts";
import {
  encodeQuotaActions,
  NodeStreams,
  type QuotaAction,
  type QuotaRule,
  QuotaSharing,
  type QuotaStream,
  type RateLimitQuotaOptions,
  rateLimitQuotaHandlers,
} from "./index.ts";

const acme = new Map([
  ["tenant", "acme"],
  ["plan", "free"],
]);

test("reports are read as they were sent; the first of a bucket says so, in whatever order its id comes", async (t) => {
  const { open, reports, closed } = await start(t);
  const stream = open();
  stream.write(report("shop", { bucket: { tenant: "acme", plan: "free" }, denied: "2" }));
  stream.write(
    report(
      "shop",
      { bucket: { plan: "free", tenant: "acme" }, elapsed: "1.5s", allowed: "18446744073709551615" },
      { bucket: { tenant: "globex" }, elapsed: "1s" },
    ),
  );
  stream.write(report(undefined, { bucket: { tenant: "globex" }, elapsed: "1s" }));
  stream.write(report("shop"));
  stream.end();
  assert.equal((await statusOf(stream)).code, status.OK);
  assert.deepEqual(reports, [
    ['shop [["plan","free"],["tenant","acme"]] first 0 ms +0 -2'],
    [
      'shop [["plan","free"],["tenant","acme"]] 1500 ms +18446744073709551615 -0',
      'shop [["tenant","globex"]] first 1000 ms +0 -0',
    ],
    ['shop [["tenant","globex"]] 1000 ms +0 -0'],
    [],
  ]);
  assert.deepEqual(closed, ["shop"]);
});

test("what a stream may not say ends it, with what is wrong", async (t) => {
  const { open } = await start(t);
  for (const [message, messages] of Object.entries({
    "the first usage report of a stream must name its domain": [report(undefined, { bucket: { a: "1" } })],
    'this stream is of domain "shop": open another one for domain "bank"': [report("shop"), report("bank")],
    "a bucket id is empty: it needs at least one name and value": [report("shop", { bucket: {} })],
    'bucket id [["a",""]] has no value for "a"': [report("shop", { bucket: { a: "" } })],
    'bucket id [["","1"]] has an empty name': [report("shop", { bucket: { "": "1" } })],
    "a usage report names no bucket": [report("shop", {})],
    'time_elapsed of bucket [["a","1"]] is -1000 ms: it cannot be negative': [
      report("shop", { bucket: { a: "1" }, elapsed: "-1s" }),
    ],
    "malformed message: truncated varint at byte 0": [Buffer.from([0x80])],
  })) {
    const stream = open();
    for (const bytes of messages) stream.write(bytes);
    const { code, details } = await statusOf(stream);
    assert.deepEqual([code, details], [status.INVALID_ARGUMENT, message]);
  }
});

test("actions are written as they are meant", () => {
  const actions: readonly QuotaAction[] = [
    { bucket: acme, strategy: { kind: "allow-all" }, ttlSeconds: 0 },
    { bucket: acme, strategy: { kind: "deny-all" } },
    { bucket: acme, strategy: { kind: "tokens", tokens: { max: 10, refill: 5, seconds: 60 } }, ttlSeconds: 90 },
    { bucket: acme, strategy: { kind: "requests", requests: 7, per: "minute" }, ttlSeconds: 1 },
    { bucket: acme, abandon: true },
  ];
  const bucket_id = { bucket: { tenant: "acme", plan: "free" } };
  const assigned = (action: object) => ({ bucket_id, quota_assignment_action: action });
  assert.deepEqual(response(encodeQuotaActions(actions)), {
    bucket_action: [
      assigned({ rate_limit_strategy: { blanket_rule: "ALLOW_ALL" }, assignment_time_to_live: "0s" }),
      assigned({ rate_limit_strategy: { blanket_rule: "DENY_ALL" } }),
      assigned({
        rate_limit_strategy: { token_bucket: { max_tokens: 10, tokens_per_fill: 5, fill_interval: "60s" } },
        assignment_time_to_live: "90s",
      }),
      assigned({
        rate_limit_strategy: { requests_per_time_unit: { requests_per_time_unit: "7", time_unit: "MINUTE" } },
        assignment_time_to_live: "1s",
      }),
      { bucket_id, abandon_action: {} },
    ],
  });
});

test("what no client could obey is not written", () => {
  const tokens = (fields: object) =>
    ({ kind: "tokens", tokens: { max: 1, refill: 1, seconds: 1, ...fields } }) as const;
  const name = '[["plan","free"],["tenant","acme"]]';
  for (const [message, action] of Object.entries({
    [`ttlSeconds of bucket ${name} is 0.5`]: { bucket: acme, strategy: { kind: "deny-all" }, ttlSeconds: 0.5 } as const,
    [`max of bucket ${name} is 0`]: { bucket: acme, strategy: tokens({ max: 0 }) },
    [`seconds of bucket ${name} is 0.5`]: { bucket: acme, strategy: tokens({ seconds: 0.5 }) },
    [`refill of bucket ${name} is 4294967296`]: { bucket: acme, strategy: tokens({ refill: 2 ** 32 }) },
    "a bucket id is empty": { bucket: new Map(), abandon: true } as const,
  })) {
    assert.throws(() => encodeQuotaActions([action]), {
      name: "RangeError",
      message: new RegExp(`^${RegExp.escape(message)}`),
    });
  }
});

test("a client is told only of buckets that it has reported and was not told to abandon", async (t) => {
  const { open, streams } = await start(t);
  const call = open();
  call.write(report("shop", { bucket: { tenant: "acme" } }));
  const stream = await streams();
  const bucket = new Map([["tenant", "acme"]]);
  const deny = { strategy: { kind: "deny-all" } } as const;
  assert.throws(() => stream.act([{ bucket: acme, ...deny }]), { name: "RangeError", message: /has not reported it/ });
  assert.throws(
    () =>
      stream.act([
        { bucket, abandon: true },
        { bucket, ...deny },
      ]),
    { message: /after it is abandoned/ },
  );
  assert.equal(stream.buckets.size, 1);
  stream.act([
    { bucket, ...deny },
    { bucket, abandon: true },
  ]);
  assert.partialDeepStrictEqual(response(await nextMessage(call)), { bucket_action: [{}, { abandon_action: {} }] });
  assert.throws(() => stream.act([{ bucket, ...deny }]), { message: /or was told to abandon it/ });
  call.end();
  await statusOf(call);
});

test("a bucket beyond the cap is abandoned, and not told of", async (t) => {
  const refused: string[] = [];
  const { open, reports } = await start(t, { maxBuckets: 1, onRefuse: (id) => refused.push(id.get("tenant") ?? "") });
  const stream = open();
  stream.write(report("shop", { bucket: { tenant: "a" } }, { bucket: { tenant: "b" } }, { bucket: { tenant: "a" } }));
  const bucket_id = { bucket: { tenant: "b" } };
  assert.deepEqual(response(await nextMessage(stream)), { bucket_action: [{ bucket_id, abandon_action: {} }] });
  assert.deepEqual(refused, ["b"]);
  stream.end();
  await statusOf(stream);
  assert.deepEqual(reports, [['shop [["tenant","a"]] first 0 ms +0 -0', 'shop [["tenant","a"]] 0 ms +0 -0']]);
});

test("a long report is taken in portions, so that others have their turn in between", async (t) => {
  const { open, reports } = await start(t, { maxBuckets: 90 });
  const stream = open();
  stream.write(report("shop", ...Array.from({ length: 100 }, (_, index) => ({ bucket: { tenant: `${index}` } }))));
  stream.end();
  const { messages } = await collect(stream);
  assert.deepEqual(
    reports.map(({ length }) => length),
    [32, 32, 26],
  );
  const abandoned = messages.flatMap((bytes) => JSON.stringify(response(bytes)).match(/abandon_action/g) ?? []);
  assert.equal(abandoned.length, 10);
});

test("an address may have so many streams, as the protocol names no node", async (t) => {
  const { open } = await start(t, { streams: new NodeStreams({ maxStreamsPerNode: 1 }) });
  const first = open();
  first.write(report("shop", { bucket: { a: "1" } }));
  const second = open();
  second.write(report("shop", { bucket: { a: "1" } }));
  const { code, details } = await statusOf(second);
  assert.deepEqual([code, details], [status.RESOURCE_EXHAUSTED, 'address "127.0.0.1" has 1 streams open already']);
  first.end();
  await statusOf(first);
});

test("a limit is shared by streams, and one that ends leaves its share to the others", async (t) => {
  const sharing = new QuotaSharing({ ruleOf: () => ({ requests: 10, per: "second" }), intervalMs: 20 });
  const { open } = await start(t, sharing);
  const [first, second] = [open(), open()];
  first.write(report("shop", { bucket: { a: "1" } }));
  assert.equal(tokensOf(await nextMessage(first)), 10);
  second.write(report("shop", { bucket: { a: "1" } }));
  assert.equal(tokensOf(await nextMessage(second)), 5);
  assert.equal(tokensOf(await nextMessage(first)), 5);
  assert.deepEqual(
    [...sharing.buckets].map(({ domain, rule, shares }) => [domain, rule, shares.length]),
    [["shop", { requests: 10, per: "second" }, 2]],
  );
  second.end();
  assert.equal(tokensOf(await nextMessage(first)), 10);
  first.end();
  await statusOf(first);
  assert.deepEqual([...sharing.buckets], []);
});

test("what a client is told of several buckets at a time is one message", async (t) => {
  let rule: QuotaRule = "allow";
  const { open } = await start(t, new QuotaSharing({ ruleOf: () => rule, intervalMs: 20 }));
  const stream = open();
  stream.write(report("shop", { bucket: { a: "1" } }, { bucket: { a: "2" } }));
  await nextMessage(stream);
  rule = "deny";
  const denied = { quota_assignment_action: { rate_limit_strategy: { blanket_rule: "DENY_ALL" } } };
  assert.partialDeepStrictEqual(response(await nextMessage(stream)), { bucket_action: [denied, denied] });
  stream.end();
  await statusOf(stream);
});

test("a rule that makes no sense ends the streams that it is for", async (t) => {
  let requests = 1;
  const sharing = new QuotaSharing({ ruleOf: () => ({ requests, per: "second" }), intervalMs: 20 });
  const { open } = await start(t, sharing);
  const stream = open();
  stream.write(report("shop", { bucket: { a: "1" } }));
  await nextMessage(stream);
  requests = -1;
  assert.equal((await statusOf(stream)).code, status.INTERNAL);
});

test("options that make no sense are refused", () => {
  const ruleOf = () => "allow" as const;
  assert.throws(() => rateLimitQuotaHandlers({ onUsage() {}, maxBuckets: 0 }), { message: /^maxBuckets is 0/ });
  assert.throws(() => new QuotaSharing({ ruleOf, intervalMs: 0 }), { message: /^intervalMs is 0/ });
  assert.throws(() => new QuotaSharing({ ruleOf, ttlSeconds: 0.5 }), { message: /^ttlSeconds is 0.5/ });
  assert.throws(() => new QuotaSharing({ ruleOf, idleSeconds: 0 }), { message: /^idleSeconds is 0/ });
  assert.throws(() => new QuotaSharing({ ruleOf, minChange: -1 }), { message: /^minChange is -1/ });
});

async function start(t: TestContext, options: Partial<RateLimitQuotaOptions> = {}) {
  const reports: string[][] = [];
  const closed: string[] = [];
  const { promise, resolve } = Promise.withResolvers<QuotaStream>();
  const handlers = rateLimitQuotaHandlers({
    onUsage(usages, stream) {
      resolve(stream);
      reports.push(
        usages.map(({ key, first, elapsedMs, allowed, denied }) => {
          return `${stream.domain} ${key}${first ? " first" : ""} ${elapsedMs} ms +${allowed} -${denied}`;
        }),
      );
    },
    onClose: ({ domain }) => closed.push(domain),
    ...options,
  });
  const silence = { onError() {} };
  const { address } = await serve(t, Object.fromEntries(handlers.map(({ method, open }) => [method, open])), silence);
  const client = grpcClient(t, address);
  return {
    ...{ reports, closed },
    streams: () => promise,
    open: (): Stream =>
      callBidi(client, "/envoy.service.rate_limit_quota.v3.RateLimitQuotaService/StreamRateLimitQuotas"),
  };
}

interface Usage {
  readonly bucket?: Readonly<Record<string, string>>;
  readonly elapsed?: string;
  readonly allowed?: string;
  readonly denied?: string;
}

function report(domain: string | undefined, ...usages: readonly Usage[]): Buffer {
  const body = {
    domain,
    bucket_quota_usages: usages.map(({ bucket, elapsed, allowed, denied }) => ({
      bucket_id: bucket && { bucket },
      time_elapsed: elapsed,
      num_requests_allowed: allowed,
      num_requests_denied: denied,
    })),
  };
  const type = "envoy.service.rate_limit_quota.v3.RateLimitQuotaUsageReports";
  const encoded = encodeJson(type, JSON.parse(JSON.stringify(body)), { validate: false });
  assert(encoded.ok, JSON.stringify(encoded));
  return Buffer.from(encoded.bytes);
}

function response(bytes: Uint8Array): unknown {
  return decodeToJson("envoy.service.rate_limit_quota.v3.RateLimitQuotaResponse", bytes);
}

function tokensOf(bytes: Buffer): number | undefined {
  return Number(/"tokens_per_fill":(\d+)/.exec(JSON.stringify(response(bytes)))?.[1]);
}
