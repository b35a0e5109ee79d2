import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthReport } from "../services/health/api.ts";
import { formatHealth } from "./health.ts";

const nowMs = Date.parse("2026-11-21T11:37:15Z");
const since = new Date(nowMs - 62_000).toISOString();

test("each endpoint has a row that says why it is as it is", () => {
  const vote = (healthy: boolean, reason = "") => ({ checker: "edge-1", healthy, reason, since });
  const report: HealthReport = {
    frozen: [],
    checkers: [],
    services: [
      {
        service: "shop",
        by: "fleet",
        endpoints: [
          {
            address: "10.0.0.1:80",
            verdict: "healthy",
            since,
            checkers: 1,
            healthy: 1,
            unhealthy: 0,
            votes: [vote(true)],
          },
          {
            ...{ address: "10.0.0.2:80", verdict: "unhealthy", since, checkers: 2, healthy: 0, unhealthy: 2 },
            votes: [vote(false, "timeout"), vote(false)],
          },
          { address: "10.0.0.3:80", verdict: "unknown", since, checkers: 0, healthy: 0, unhealthy: 0, votes: [] },
        ],
      },
    ],
  };
  assert.deepEqual(
    formatHealth(report, nowMs)
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/)),
    [
      ["SERVICE", "ENDPOINT", "VERDICT", "SINCE", "BY", "HEALTHY", "WHY"],
      ["shop", "10.0.0.1:80", "healthy", "1m2s", "fleet", "1 of 1", "-"],
      ["shop", "10.0.0.2:80", "unhealthy", "1m2s", "fleet", "0 of 2", "timeout, its check fails"],
      ["shop", "10.0.0.3:80", "unknown", "1m2s", "fleet", "0 of 0", "nobody checks it now"],
    ],
  );
});
