import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSockets } from "./contenders.ts";
import { startServer } from "./server.ts";
import { measureStart } from "./start.ts";

test("a start takes time, CPU and memory", { skip: process.platform !== "linux" && "only Linux shows them" }, async ({
  signal,
}) => {
  await using server = await startServer(plainSockets(), signal);
  const { start_ms = 0, start_cpu_ms = 0, rss_mb = 0 } = await measureStart(server, signal);
  assert.ok(start_ms > 1 && start_ms < 30_000);
  assert.ok(start_cpu_ms >= 10 && start_cpu_ms < 10_000);
  assert.ok(rss_mb > 10 && rss_mb < 500);
});
