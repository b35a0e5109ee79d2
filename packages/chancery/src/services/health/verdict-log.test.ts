import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { createLogger } from "../../logs.ts";
import type { Entry, Verdict } from "./board.ts";
import { targetsOf } from "./testdata/targets.ts";
import { VerdictLog } from "./verdict-log.ts";

test("each change is a line, with who says so and why; that one is well from the start is none", () => {
  const { log, lines } = start();
  log.write(entry("healthy", "unknown"));
  log.write(entry("unhealthy", "healthy"));
  log.write({ ...entry("healthy", "unhealthy"), held: "frozen" });
  assert.deepEqual(lines(), [
    "10.0.0.5:8080 of service shop is unhealthy: 2 of 3 checkers, timeout",
    "10.0.0.5:8080 of service shop is healthy: too much fails at once",
  ]);
});

test("of a storm there are the first hundred lines, and the number of the others", () => {
  const { log, lines } = start();
  for (let i = 0; i < 250; i++) log.write(entry("unhealthy", "healthy"));
  log.next();
  log.write(entry("unhealthy", "healthy"));
  log.next();
  const written = lines();
  assert.equal(written.length, 102);
  assert.equal(written[100], "150 more endpoints turned healthy or unhealthy: chancery health shows them");
});

function entry(verdict: Verdict, before: Verdict): Entry {
  const [target] = targetsOf("{ endpoints: 10.0.0.5:8080, health: { active: { by: fleet, http: / } } }");
  assert(target);
  const vote = (healthy: boolean, reason: string) => ({ healthy, reason, sinceMs: 0 });
  return {
    ...{ service: "shop", address: "10.0.0.5:8080", target, verdict, before, sinceMs: 0, held: undefined },
    checkers: ["a", "b", "c"],
    votes: new Map([
      ["a", vote(false, "timeout")],
      ["b", vote(true, "")],
      ["c", vote(false, "")],
    ]),
  };
}

function start() {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      written.push(JSON.parse(String(chunk)).msg);
      done();
    },
  });
  return { log: new VerdictLog(createLogger(stream, { format: "json" })), lines: () => written };
}
