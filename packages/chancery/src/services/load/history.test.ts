import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "./history.ts";

const start = 1_000_000_000_000;

test("a report is spread over the time that it tells of", () => {
  const history = new History();
  history.add({ requests: 30, errors: 3, dropped: 0 }, start + 25_000, 15_000);
  assert.deepEqual(requests(history, start + 30_000).slice(-3), [0, 2, 1]);
  const errors = [...history.points(start + 30_000)].map(({ errorsPerSecond }) => errorsPerSecond);
  assert.deepEqual(errors.slice(-3), [0, 0.2, 0.1]);
});

test("only stretches that are over are shown, and those of the last half hour", () => {
  const history = new History();
  history.add({ requests: 10, errors: 0, dropped: 0 }, start + 5_000, 5_000);
  assert.deepEqual(requests(history, start + 9_999).filter(Boolean), []);
  const half = 30 * 60_000;
  assert.deepEqual(requests(history, start + half - 1).filter(Boolean), [1]);
  assert.deepEqual(requests(history, start + half).filter(Boolean), []);
});

test("an interval longer than the history is cut, and one report late or early does no harm", () => {
  const history = new History();
  history.add({ requests: 8_640, errors: 0, dropped: 0 }, start, 86_400_000);
  const points = requests(history, start + 10_000);
  assert.equal(points.length, 179);
  assert(points.slice(0, -1).every((rate) => Math.abs(rate - 0.1) < 1e-9));
  history.add({ requests: 10, errors: 0, dropped: 0 }, start - 100_000_000, 1_000);
  assert.deepEqual(requests(history, start + 10_000), points);
});

function requests(history: History, nowMs: number): number[] {
  return [...history.points(nowMs)].map(({ requestsPerSecond }) => requestsPerSecond);
}
