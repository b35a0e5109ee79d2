import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogQuery, readLogQuery } from "./filter.ts";
import { httpRecord } from "./testdata/records.ts";

const record = httpRecord();
const nowMs = record.receivedMs + 60_000;

const cases: readonly [query: LogQuery, matches: boolean][] = [
  [{}, true],
  [{ node: "edge-*" }, true],
  [{ node: "other" }, false],
  [{ cluster: "edge" }, true],
  [{ log: "back" }, false],
  [{ kind: "http,tcp" }, true],
  [{ kind: "otel" }, false],
  [{ final: "true" }, true],
  [{ final: "false" }, false],
  [{ status: "5xx" }, true],
  [{ status: "404, 503" }, true],
  [{ status: "400-499" }, false],
  [{ status: "500-503" }, true],
  [{ method: "GET,POST" }, true],
  [{ method: "GET" }, false],
  [{ route: "shop#*" }, true],
  [{ service: "shop" }, true],
  [{ "min-duration": "16ms" }, true],
  [{ "min-duration": "17ms" }, false],
  [{ flag: "UH,uf" }, true],
  [{ flag: "*" }, true],
  [{ flag: "UH" }, false],
  [{ path: "/api" }, true],
  [{ path: "/carts" }, false],
  [{ authority: "*.example.com" }, true],
  [{ request: "4f6f0b34-1d3a-9e2c-8f1e-0c6f1c6a2b11" }, true],
  [{ trace: "0af7651916cd43dd8448eb211c80319c" }, true],
  [{ trace: "0af7" }, false],
  [{ text: "CONNECT to the upstream" }, true],
  [{ text: "503" }, true],
  [{ text: "delayed connect" }, true],
  [{ text: "secret-" }, false],
  [{ since: "5m" }, true],
  [{ since: "30s" }, false],
  [{ since: "2026-11-21T11:37:16Z", until: "2026-11-21T11:37:17Z" }, true],
  [{ until: "2026-11-21T11:37:16Z" }, false],
  [{ status: "5xx", method: "GET" }, false],
];

for (const [query, matches] of cases) {
  test(`${JSON.stringify(query)} ${matches ? "lets the entry through" : "holds the entry back"}`, () => {
    const read = readLogQuery(query, nowMs);
    assert(read.ok);
    assert.equal(read.matches(record), matches);
  });
}

test("each mistake is named with what would be right", () => {
  const problems = problemsOf({ status: "5xxx", since: "soon", "min-duration": "fast", kind: "udp", final: "no" });
  assert.deepEqual(
    problems.map(({ path, message }) => `${path}: ${message}`),
    [
      'since: "soon" would have to be a time such as 2026-11-21T11:37:15Z, or how long ago, such as 5m',
      'kind: "udp" would have to be one or more of http, tcp, otel',
      'final: "no" would have to be true or false',
      'status: "5xxx" would have to be a status such as 404, a class such as 5xx, or a range such as 400-499',
      'min-duration: "fast" would have to be a duration such as 250ms or 1.5s',
    ],
  );
});

function problemsOf(query: LogQuery) {
  const read = readLogQuery(query, nowMs);
  return read.ok ? [] : read.problems;
}
