import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogMessage } from "../services/access-logs/message.ts";
import { toLogLine } from "./log-line.ts";

const base = { id: 1, at: "2026-11-21T11:37:15.932Z", node: { id: "edge-1", cluster: "edge" } };

const lines: readonly (readonly [message: Omit<LogMessage, "id" | "at" | "node">, line: string])[] = [
  [
    {
      ...{ kind: "http", method: "GET", scheme: "https", authority: "shop.example.com", path: "/a", status: 503 },
      ...{
        durationMs: 16.54,
        route: "shop#api",
        upstream: { cluster: "shop", host: "10.0.0.5:8080", failure: "gone" },
      },
      flags: [{ flag: "UF", meaning: "Envoy could not connect to the upstream" }],
    },
    "GET https://shop.example.com/a 503  16.5 ms  shop#api → shop → 10.0.0.5:8080  UF: Envoy could not connect to the upstream  gone",
  ],
  [
    {
      ...{ kind: "tcp", type: "TcpPeriodic", intermediate: true },
      ...{ downstream: { address: "10.1.2.3:5" }, bytes: { received: 3, sent: 4 } },
    },
    "tcp 10.1.2.3:5 3 bytes in, 4 out  (TcpPeriodic)",
  ],
  [{ kind: "otel", body: "a\nb\n" }, "a\\nb"],
  [{ kind: "otel", body: { a: 1 } }, '{"a":1}'],
  [{ kind: "http", path: "/\u001b[2J\u202e" }, "- /\\u001b[2J\\u202e -"],
];

for (const [message, line] of lines) {
  test(line, () => assert.equal(toLogLine({ ...base, ...message }), `${base.at}  edge-1  ${line}`));
}
