import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const packing = process.version.startsWith("v26.") ? ["--no-memory-saver-mode"] : [];

test("pages of the heap that are mostly empty are given back", async (t) => {
  if (packing.length === 0) return t.skip("this Node has no flag for it");
  const { said } = await run(`
    let objects = Array.from({ length: 200_000 }, (_, i) => [i]);
    gc();
    objects = objects.filter(([i]) => i % 2 === 0);
    gc();
    const before = process.memoryUsage().heapTotal;
    packHeap();
    console.log(JSON.stringify({ before, after: process.memoryUsage().heapTotal, kept: objects.length }));
  `);
  assert.ok(said.after < said.before - 2 * 1024 * 1024, `${said.before} bytes, then ${said.after}`);
});

test("what malloc keeps between things that live is given back, without a word", async (t) => {
  if (!canTrim()) return t.skip("only the C library of GNU can do it");
  const { said, stderr } = await run(`
    let buffers = Array.from({ length: 4_000 }, () => Buffer.allocUnsafeSlow(16 * 1024).fill(1));
    buffers = buffers.filter((_, i) => i % 20 === 0);
    gc();
    await new Promise(setImmediate);
    gc();
    const before = process.memoryUsage.rss();
    trimMalloc();
    console.log(JSON.stringify({ before, after: process.memoryUsage.rss(), kept: buffers.length }));
  `);
  assert.ok(said.after < said.before - 16 * 1024 * 1024, `${said.before} bytes, then ${said.after}`);
  assert.equal(stderr, "");
});

test("compiled code that came from the cache is dropped, and is still there for the next start", async (t) => {
  const cached = await withModule(t);
  await cached(`await import(module); console.log("{}");`);
  const again = await cached(`await import(module); dropCompiledCode(); console.error("Later"); console.log("{}");`);
  const [before = ""] = again.stderr.split("Later");
  assert.match(before, /ESM .*module\.mjs was accepted/);
  assert.match(before, /skip persisting ESM .*module\.mjs because cache was the same[\s\S]*Clear deserialized cache/);
});

test("compiled code that is not in the cache yet is left to the end of the process, as it takes long to write", async (t) => {
  const cached = await withModule(t);
  const first = await cached(`await import(module); dropCompiledCode(); console.error("Later"); console.log("{}");`);
  const [before, after] = first.stderr.split("Later");
  assert.doesNotMatch(before ?? "", /writing cache/);
  assert.match(after ?? "", /writing cache for ESM .*module\.mjs/);
});

test("code is compiled for the same flags after the heap was packed as before", async (t) => {
  const cached = await withModule(t);
  await cached(`await import(module); console.log("{}");`);
  const again = await cached(`packHeap(); await import(module); console.log("{}");`);
  assert.match(again.stderr, /ESM .*module\.mjs was accepted/);
});

function canTrim(): boolean {
  const { header } = Object(process.report?.getReport());
  return header?.glibcVersionRuntime !== undefined && process.version.startsWith("v26.");
}

/** Runs programs with a module of their own, and with a cache of what was compiled, of which Node tells what it does. */
async function withModule(t: TestContext): Promise<(program: string) => ReturnType<typeof run>> {
  const dir = await mkdtemp(join(tmpdir(), "chancery-"));
  t.after(() => rm(dir, { recursive: true }));
  const path = join(dir, "module.mjs");
  await writeFile(path, "export const one = 1;\n");
  const env = { NODE_COMPILE_CACHE: join(dir, "cache"), NODE_DEBUG_NATIVE: "COMPILE_CACHE" };
  return (program) => run(`const module = ${JSON.stringify(pathToFileURL(path))};\n${program}`, env);
}

async function run(program: string, env: Readonly<Record<string, string>> = {}) {
  const imports = `import { dropCompiledCode, packHeap, trimMalloc } from ${JSON.stringify(import.meta.resolve("./give-back.ts"))};`;
  const flags = ["--conditions=chancery-source", "--expose-gc", ...packing, "--input-type=module"];
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...flags, "--eval", `${imports}\n${program}`],
    {
      env: { ...process.env, ...env },
    },
  );
  const said: { readonly before: number; readonly after: number } = JSON.parse(stdout);
  return { said, stderr };
}
