import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { programMappings } from "./give-back.ts";

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

test("pages of Node's program are let go of, and come back when they are used", async (t) => {
  if (process.platform !== "linux" || !process.version.startsWith("v26."))
    return t.skip("only Linux and this Node can do it");
  const { said, stderr } = await run(`
    const { readFileSync } = await import("node:fs");
    const ofFiles = () => 1024 * Number(/^RssFile:\\s*(\\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))[1]);
    const before = ofFiles();
    dropProgramPages();
    const after = ofFiles();
    gc();
    dropProgramPages();
    const kept = new Intl.DateTimeFormat("de").format(0).length;
    console.log(JSON.stringify({ before, after, kept }));
  `);
  assert.ok(said.after < said.before - 16 * 1024 * 1024, `${said.before} bytes, then ${said.after}`);
  assert.equal(stderr, "");
});

test("of what is mapped, it is the program's and its libraries' as it is in their files", () => {
  const smaps = [
    ["00400000-0082e000 r--p 00000000 00:2a 77   /opt/node", "Rss: 4280 kB", "Anonymous:             0 kB"],
    ["0082e000-03488000 r-xp 0042d000 00:2a 77   /opt/node", "Rss: 16928 kB", "Anonymous:             0 kB"],
    ["03488000-0352b000 r--p 030bb000 00:2a 77   /opt/node", "Rss: 652 kB", "Anonymous:             640 kB"],
    ["0352b000-03557000 rw-p 0315e000 00:2a 77   /opt/node", "Rss: 176 kB", "Anonymous:             0 kB"],
    ["7f1c00000000-7f1c00021000 r--p 00000000 00:00 0", "Rss: 4 kB", "Anonymous:             0 kB"],
    ["7ffd34fe0000-7ffd34fe4000 r--p 00000000 00:00 0          [vvar]", "Rss: 0 kB", "Anonymous:             0 kB"],
    [
      "7f1c10000000-7f1c10026000 r--p 00000000 00:2a 8    /usr/lib/libc.so.6",
      "Rss: 4 kB",
      "Anonymous:             0 kB",
    ],
    ["7f1c20000000-7f1c20026000 r--p 00000000 00:2a 9    /opt/addon/libcurl.so.4", "Anonymous:             0 kB"],
    ["7f1c30000000-7f1c30026000 r-xp 00000000 00:2a 10   /usr/lib/libstdc++.so.6.0.30", "Anonymous:             0 kB"],
  ].flat();
  assert.deepEqual(programMappings(`${smaps.join("\n")}\n`, "/opt/node"), [
    { start: 0x40_0000n, end: 0x82_e000n },
    { start: 0x82_e000n, end: 0x348_8000n },
    { start: 0x7f1c_1000_0000n, end: 0x7f1c_1002_6000n },
    { start: 0x7f1c_3000_0000n, end: 0x7f1c_3002_6000n },
  ]);
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
  const imports = `import { dropCompiledCode, dropProgramPages, packHeap, trimMalloc } from ${JSON.stringify(import.meta.resolve("./give-back.ts"))};`;
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
