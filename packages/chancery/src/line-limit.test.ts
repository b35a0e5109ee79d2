import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { LineLimit } from "./line-limit.ts";
import { createLogger } from "./logs.ts";

test("of a flood of lines the first twenty of each kind are written, and each second how many more there were", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { log, lines } = start();
  using limit = new LineLimit(log);
  const write = (what: string, count: number) => {
    for (let i = 1; i <= count; i++) limit.write(what, () => log.info(`${what} ${i}`));
  };
  write("connected", 250);
  write("left", 2);
  assert.equal(lines.length, 22);
  t.mock.timers.tick(1000);
  assert.deepEqual(lines.slice(20), ["left 1", "left 2", "Within a second 230 more Envoys connected"]);
  write("connected", 1);
  t.mock.timers.tick(1000);
  assert.deepEqual(lines.slice(23), ["connected 1"]);
});

test("what was left out is said before the end", () => {
  const { log, lines } = start();
  const limit = new LineLimit(log);
  for (let i = 0; i < 22; i++) limit.write("left", () => undefined);
  limit[Symbol.dispose]();
  assert.deepEqual(lines, ["Within a second 2 more Envoys left"]);
});

function start() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)).msg);
      done();
    },
  });
  return { log: createLogger(stream, { format: "json" }), lines };
}
