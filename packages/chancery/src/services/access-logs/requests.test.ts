import assert from "node:assert/strict";
import { test } from "node:test";
import { quantileMs, RequestCounts, requestsOf } from "./requests.ts";
import { httpEntry, requestEntry } from "./testdata/records.ts";

test("requests are counted by route and cluster, errors among them", () => {
  const counts = new RequestCounts();
  const shop = { route: "shop", cluster: "shop" };
  for (const status of [200, 204, 404, 503]) counts.add(requestEntry(status, shop));
  counts.add(requestEntry(0, { ...shop, flags: { upstream_connection_failure: true } }));
  counts.add(requestEntry(0, { ...shop, flags: { downstream_connection_termination: true } }));
  counts.add(requestEntry(200, { route: "other" }));
  const [series, other] = [...counts];
  assert.partialDeepStrictEqual(series, { ...shop, byClass: [2, 0, 2, 0, 1, 1], errors: 2 });
  assert.equal(series && requestsOf(series), 6);
  assert.partialDeepStrictEqual(other, { route: "other", cluster: "", errors: 0 });
});

test("what is told before the end is no request", () => {
  const counts = new RequestCounts();
  for (const type of ["DownstreamStart", "DownstreamPeriodic", "UpstreamEnd"]) {
    counts.add(httpEntry({ common_properties: { access_log_type: type } }));
  }
  counts.add(httpEntry({ common_properties: { intermediate_log_entry: true } }));
  assert.deepEqual([...counts], []);
});

test("beyond so many pairs of route and cluster the others are counted together", () => {
  const counts = new RequestCounts({ maxSeries: 2 });
  for (const route of ["a", "b", "c", "d", "a"]) counts.add(requestEntry(200, { route }));
  assert.deepEqual(
    [...counts].map((series) => [series.route, requestsOf(series)]),
    [
      ["a", 2],
      ["b", 1],
      ["(other)", 2],
    ],
  );
});

test("quantiles come from the buckets", () => {
  const counts = new RequestCounts();
  for (let index = 0; index < 90; index++) counts.add(requestEntry(200, { durationMs: 4 }));
  for (let index = 0; index < 10; index++) counts.add(requestEntry(200, { durationMs: 400 }));
  const [series] = counts;
  assert(series);
  const [p50 = 0, p99 = 0] = [0.5, 0.99].map((share) => quantileMs(series, share));
  assert(p50 > 2.5 && p50 <= 5, `p50 is ${p50}`);
  assert(p99 > 250 && p99 <= 500, `p99 is ${p99}`);
  assert.equal(Math.round(series.seconds * 1000), 90 * 4 + 10 * 400);
});
