import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { test } from "node:test";
import { createLogger, type LogOptions } from "./logs.ts";

const nasty = "a\u001b[31m\nb\u009bc\u202e";

test("json: a line a message, with its fields", () => {
  const { log, text } = capture({ format: "json" });
  log.info({ node: "edge-1" }, "hello");
  assert.partialDeepStrictEqual(JSON.parse(text()), { level: "info", node: "edge-1", msg: "hello" });
});

test("json: control characters are escaped, and the text stays the same", () => {
  const { log, text } = capture({ format: "json" });
  log.info({ node: nasty }, nasty);
  assert.match(text(), /^[\x20-\x7e]+\n$/);
  assert.partialDeepStrictEqual(JSON.parse(text()), { node: nasty, msg: nasty });
});

test("json: lines that come at once, and those that soon follow, are written together in their order", async () => {
  const writes: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      writes.push(String(chunk));
      stream.emit("written");
      done();
    },
  });
  const log = createLogger(stream, { format: "json", batch: true });
  log.info("one");
  log.info("two");
  assert.deepEqual(writes, []);
  await once(stream, "written");
  log.info("three");
  setImmediate(() => log.info(nasty));
  await once(stream, "written");
  assert.deepEqual(writes.map(messagesOf), [
    ["one", "two"],
    ["three", nasty],
  ]);
});

test("json: what still waits is written when the process ends", () => {
  const program = `
    import { createLogger } from ${JSON.stringify(import.meta.resolve("./logs.ts"))};
    createLogger(process.stdout, { format: "json", batch: true }).info("last words");
    process.exit();`;
  const args = ["--conditions=chancery-source", "--input-type=module", "--eval", program];
  assert.deepEqual(messagesOf(execFileSync(process.execPath, args, { encoding: "utf8" })), ["last words"]);
});

test("pretty: one line with the time, the level and the message, which cannot control a terminal", () => {
  const { log, text } = capture({ format: "pretty" });
  log.warn({ node: "edge-1" }, nasty);
  assert.match(text(), /^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: a\\u001b\[31m\\nb\\u009bc\\u202e\n$/);
});

test("pretty: an error's stack is shown, its text cannot control a terminal", () => {
  const { log, text } = capture({ format: "pretty" });
  log.error({ err: new Error(nasty) }, "It went wrong");
  assert.match(text(), /Error: a\\u001b\[31m\n +b\\u009bc/);
  assert.match(text(), /logs\.test\.ts/);
});

test("a level leaves out what is below it", () => {
  const { log, text } = capture({ level: "warn" });
  log.info("no");
  assert.equal(text(), "");
});

test("a stream that is no terminal gets JSON, a terminal gets text for people, in colour unless not wanted", () => {
  assert.match(written({}, false), /^\{/);
  assert(written({}, true).includes("\u001b["));
  assert.match(written({ color: false }, true), /^\[\d\d:.*\] INFO: hello\n$/);
});

function messagesOf(lines: string): readonly unknown[] {
  return lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).msg);
}

function written(options: LogOptions, isTTY: boolean): string {
  const { log, text } = capture(options, isTTY);
  log.info("hello");
  return text();
}

function capture(options: LogOptions, isTTY = false) {
  const stream = Object.assign(new PassThrough(), { isTTY });
  let written = "";
  stream.on("data", (chunk) => {
    written += String(chunk);
  });
  return { log: createLogger(stream, options), text: () => written };
}
