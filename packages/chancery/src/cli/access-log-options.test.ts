import assert from "node:assert/strict";
import { test } from "node:test";
import { toAccessLogsOptions } from "./access-log-options.ts";
import { UsageError } from "./command.ts";

type Values = Parameters<typeof toAccessLogsOptions>[0];

const none: Values = {
  "access-log-file": undefined,
  "access-log-file-size": undefined,
  "access-log-files": undefined,
  "access-log-otlp": undefined,
  "access-log-otlp-header": [],
};

test("a file and a collector are what the options say", () => {
  const file = { "access-log-file": "a.log", "access-log-file-size": "2", "access-log-files": "3" };
  const otlp = { "access-log-otlp": "http://c:4318", "access-log-otlp-header": ["x-key=a=b"] };
  assert.deepEqual(toAccessLogsOptions({ ...none, ...file, ...otlp }), {
    file: { path: "a.log", maxBytes: 2 * 1024 * 1024, maxFiles: 3 },
    otlp: { url: "http://c:4318", headers: { "x-key": "a=b" } },
  });
  assert.deepEqual(toAccessLogsOptions(none), { file: undefined, otlp: undefined });
  assert.deepEqual(toAccessLogsOptions({ ...none, "access-log-file": "a.log" }).file, { path: "a.log" });
});

const mistakes: readonly (readonly [values: Partial<Values>, message: RegExp])[] = [
  [{ "access-log-files": "3" }, /Cannot use --access-log-files without --access-log-file PATH/],
  [{ "access-log-otlp-header": ["a=b"] }, /Cannot use --access-log-otlp-header without --access-log-otlp URL/],
  [{ "access-log-file": "a", "access-log-file-size": "0" }, /--access-log-file-size "0": write a whole number/],
  [{ "access-log-otlp": "collector:4318" }, /Cannot export to --access-log-otlp "collector:4318": write a URL/],
  [{ "access-log-otlp": "http://c", "access-log-otlp-header": ["secret"] }, /Cannot read --access-log-otlp-header: /],
];

for (const [values, message] of mistakes) {
  test(`${JSON.stringify(values)} is refused`, () => {
    assert.throws(
      () => toAccessLogsOptions({ ...none, ...values }),
      (error) => error instanceof UsageError && message.test(error.message) && !error.message.includes("secret"),
    );
  });
}
