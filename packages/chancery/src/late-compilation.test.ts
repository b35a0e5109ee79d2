import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const moduleUrl = JSON.stringify(pathToFileURL(join(import.meta.dirname, "late-compilation.ts")));
const areFlagsKnown = process.version.startsWith("v26.");
const flags = ["--trace-opt", "--invocation-count-for-maglev=200"];

test("what runs for a moment only is compiled later than usual, and all else as ever", async (t) => {
  const compiled = await compiledOf(t, flags);
  assert.deepEqual(compiled, ["before", "between", "after"]);
});

test("in a process that was not told when to compile nothing is changed", async (t) => {
  const compiled = await compiledOf(t, ["--trace-opt"]);
  assert.deepEqual(compiled, ["before", "during", "between", "nested", "after"]);
});

test("a server's functions are compiled with all means once it has worked for long", async (t) => {
  if (!areFlagsKnown) return t.skip("the flags are those of Node 26");
  const program = `
    import { compileFullyLater } from ${moduleUrl};
    const hot = (i) => i * 2 + 1;
    const isFull = () => %ActiveTierIsTurbofan(hot);
    const run = () => { for (let i = 0; i < 5_000; i++) hot(i); };
    %NeverOptimizeFunction(run);
    const heat = async (turns) => {
      for (let left = turns; left > 0 && !isFull(); left--) {
        run();
        await new Promise(setImmediate);
      }
    };
    await heat(50);
    const before = isFull();
    compileFullyLater({ workMs: 1, everyMs: 1 });
    await heat(Infinity);
    console.log(JSON.stringify([before, isFull()]));
  `;
  assert.deepEqual(await resultOf(t, program), [false, true]);
});

test("a function whose code went with a collection is compiled anew as soon as it is hot again", async (t) => {
  if (!areFlagsKnown) return t.skip("the flags are those of Node 26");
  const program = `
    class Reader {
      #view;
      #at = 0;
      constructor(view) { this.#view = view; }
      step(by) { this.#at += by; return this.#at + this.#view.getInt8(0); }
    }
    const view = new DataView(new ArrayBuffer(8));
    const isCompiled = () => %ActiveTierIsMaglev(Reader.prototype.step);
    const read = () => {
      const reader = new Reader(view);
      for (let i = 0; i < 1_000; i++) reader.step(i);
    };
    %NeverOptimizeFunction(read);
    const heat = async () => {
      for (let left = 400; left > 0 && !isCompiled(); left--) {
        read();
        await new Promise(setImmediate);
      }
      return isCompiled();
    };
    const atFirst = await heat();
    // It may be found on the stack for a while.
    for (let left = 20; left > 0 && isCompiled(); left--) gc();
    const afterwards = isCompiled();
    console.log(JSON.stringify([atFirst, afterwards, await heat()]));
  `;
  assert.deepEqual(await resultOf(t, program), [true, false, true]);
});

/** What a program says that runs with the flags of a server, on the Node for which they are known. */
async function resultOf(t: TestContext, program: string): Promise<unknown> {
  const { serverFlags } = await import(import.meta.resolve("../bin/restart.js"));
  return JSON.parse(await outputOf(t, [...serverFlags(), "--allow-natives-syntax"], program));
}

/** Which of the functions of a program V8 finds hot: each runs so often that it usually is. */
async function compiledOf(t: TestContext, given: readonly string[]): Promise<readonly string[]> {
  const program = `
    import { compileLater } from ${moduleUrl};
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
  const output = await outputOf(t, given, program);
  const hot = [...output.matchAll(/^\[marking .*<JSFunction (\w+) .* to MAGLEV/gm)].flatMap(([, name]) => name ?? []);
  return [...new Set(hot)].filter((name) => program.includes(`function ${name}(`));
}

async function outputOf(t: TestContext, flags: readonly string[], program: string): Promise<string> {
  const args = [...flags, "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { signal: t.signal });
  return stdout;
}
