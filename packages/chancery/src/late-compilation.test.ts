import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const flags = ["--trace-opt", "--invocation-count-for-maglev=200"];

test("what runs for a moment only is compiled later than usual, and all else as ever", async (t) => {
  const compiled = await compiledOf(t, flags);
  assert.deepEqual(compiled, ["before", "between", "after"]);
});

test("in a process that was not told when to compile nothing is changed", async (t) => {
  const compiled = await compiledOf(t, ["--trace-opt"]);
  assert.deepEqual(compiled, ["before", "during", "between", "nested", "after"]);
});

/** Which of the functions of a program V8 finds hot: each runs so often that it usually is. */
async function compiledOf(t: TestContext, given: readonly string[]): Promise<readonly string[]> {
  const program = `
    import { compileLater } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "late-compilation.ts")))};
    const run = (make) => { for (let i = 0; i < 1_500; i++) make(i); };
    run(function before(i) { return i + 1; });
    {
      using _ = compileLater();
      run(function during(i) { return i + 1; });
    }
    run(function between(i) { return i + 1; });
    const outer = compileLater();
    { using _ = compileLater(); }
    run(function nested(i) { return i + 1; });
    outer[Symbol.dispose]();
    run(function after(i) { return i + 1; });
  `;
  const args = [...given, "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal: t.signal });
  const hot = [...stdout.matchAll(/^\[marking .*<JSFunction (\w+) .* to MAGLEV/gm)].flatMap(([, name]) => name ?? []);
  return [...new Set(hot)].filter((name) => program.includes(`function ${name}(`));
}
