import assert from "node:assert/strict";
import { test } from "node:test";
import { AccessLogEntry } from "@chancery/xds/services";
import { toLogLine } from "../../packages/chancery/src/cli/log-line.ts";
import { readLogQuery } from "../../packages/chancery/src/services/access-logs/filter.ts";
import { logMessage, toLogMessage } from "../../packages/chancery/src/services/access-logs/message.ts";
import { encodeLogs } from "../../packages/chancery/src/services/access-logs/otlp-encode.ts";
import type { LogRecord } from "../../packages/chancery/src/services/access-logs/record.ts";
import { RequestCounts } from "../../packages/chancery/src/services/access-logs/requests.ts";
import { encodeEntry, fullEntry } from "../../packages/xds/src/services/testdata/access-log-messages.ts";
import { mutateBytes } from "./harness/mutate-bytes.ts";
import { Random } from "./harness/random.ts";
import { scaled } from "./harness/scale.ts";

const source = { node: "edge-1", cluster: "edge", log: "front" };

test("whatever an entry of an access log says, it can be shown, searched, counted and exported", () => {
  const random = new Random(3);
  const seeds: [Buffer, Buffer] = [Buffer.from(encodeEntry("HTTP", fullEntry)), Buffer.from(encodeEntry("HTTP", {}))];
  const query = readLogQuery({ text: "x", status: "5xx", path: "/", flag: "*", authority: "a*" }, Date.now());
  assert.ok(query.ok);
  const counts = new RequestCounts();
  for (let id = 1; id <= scaled(2_000, 100_000); id++) {
    const entry = new AccessLogEntry(random.pick(["http", "tcp"]), mutateBytes(random, seeds));
    const record: LogRecord = { id, receivedMs: Date.now(), source, entry };
    const message: unknown = JSON.parse(JSON.stringify(toLogMessage(record, true)));
    // What the API answers, its clients can read.
    toLogLine(logMessage.parse(message));
    query.matches(record);
    counts.add(entry);
    for (const _ of encodeLogs([record]));
  }
});
