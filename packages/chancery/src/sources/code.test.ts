import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { type CodeSourceOptions, codeSource } from "./code.ts";
import type { SourceState } from "./source.ts";
import { keepWriting } from "./testdata/keep-writing.ts";
import { replaceFile } from "./testdata/replace-file.ts";

test("code is run, and again when it or what it imports changes", async (t) => {
  const { states, write } = await start(t, {
    "config.ts": `import { count } from "./count.ts"; export default { services: count as unknown };`,
    "count.ts": `export const count: number = 1;`,
  });
  assert.deepEqual(contents(await states.next()), [{ services: 1 }]);
  await write("count.ts", "export const count = 2;");
  assert.deepEqual(contents(await states.next()), [{ services: 2 }]);
  await write("config.ts", "export default async () => ({ services: 3 });");
  assert.deepEqual(contents(await states.next()), [{ services: 3 }]);
});

test("code that throws is a problem with its place, and what it last said stays", async (t) => {
  const { states, write } = await start(t, { "config.ts": "export default { services: 1 };" });
  await states.next();
  await write("config.ts", "const x = 1;\nthrow new Error('no ' + x);\n");
  const { value } = await states.next();
  assert.deepEqual(contents({ value }), [{ services: 1 }]);
  const [problem] = value.problems;
  assert.equal(problem.message, "cannot be run: no 1; what it last said stays");
  assert.match(problem.origin, /config\.ts$/);
  assert.deepEqual(problem.position, { line: 2, column: 7 });
});

test("objects that are written out have places, which move with them, and those that are computed have none", async (t) => {
  const { states, write } = await start(t, {
    "config.ts": `const name: string = "b";\nexport default {\n  routes: { a: { to: "x" } },\n  services: { [name]: {} } };\n`,
  });
  const positionOf = ({ value }: { readonly value: SourceState }, path: string) =>
    value.documents[0]?.positions()(path);
  const first = await states.next();
  assert.deepEqual(positionOf(first, "routes.a.to[0].service"), { line: 3, column: 18 });
  assert.deepEqual(positionOf(first, 'routes.a.match.headers["x.y"]'), { line: 3, column: 13 });
  for (const path of ["services.b", "routes", "routes.c.to", ""]) assert.equal(positionOf(first, path), undefined);
  await write("config.ts", `export default {\n  routes: { a: { to: "x" } }, services: { b: {} } };\n`);
  assert.deepEqual(positionOf(await states.next(), "routes.a"), { line: 2, column: 13 });
});

test("code that stands alone, without packages beside it, finds chancery", async (t) => {
  const { states } = await start(t, {
    "config.ts": `import { defineConfig } from "chancery"; export default defineConfig({ services: {} });`,
  });
  assert.deepEqual(contents(await states.next()), [{ services: {} }]);
});

test("what is written beside code does not run it again", async (t) => {
  const code = `import { defineConfig } from "chancery"; import { count } from "./count.ts"; ${config("count, run: crypto.randomUUID()")}`;
  const files = { "config.ts": code, "count.ts": "export const count = 1;" };
  const { states, write } = await start(t, files);
  await states.next();
  const next = states.next();
  for (const name of ["a.log", "other.ts"]) {
    await write(name, "x");
    await runElsewhere(t, files);
  }
  await write("count.ts", "export const count = 2;");
  const [content] = contents(await next);
  assert.equal((content as { services: { count: number } }).services.count, 2);
});

test("code that imports from several folders runs once at the start", async (t) => {
  const files = {
    "config.ts": `import { count } from "./lib/count.ts"; ${config("count, run: crypto.randomUUID()")}`,
    "lib/count.ts": `import "./current/more.ts"; export const { count } = await import("../other/count.ts");`,
    "lib/current": { link: "../releases/1" },
    "releases/1/more.ts": "export {};",
    "other/count.ts": "export const count = 1;",
  };
  const { states, write } = await start(t, files);
  await states.next();
  const next = states.next();
  for (let i = 0; i < 3; i++) await runElsewhere(t, files);
  await write("other/count.ts", "export const count = 2;");
  const [content] = contents(await next);
  assert.equal((content as { services: { count: number } }).services.count, 2);
});

test("a change of code does not wait until it is quiet beside it", { timeout: 20_000 }, async (t) => {
  const { states, write, folder } = await start(
    t,
    { "config.ts": config("count: 1") },
    { settleMs: 50, maxSettleMs: 60_000 },
  );
  await states.next();
  const next = states.next();
  await using _writer = keepWriting(folder);
  await write("config.ts", config("count: 2"));
  assert.deepEqual(contents(await next), [{ services: { count: 2 } }]);
});

test("a Kubernetes volume changes by its ..data link", async (t) => {
  const { states, at, folder } = await start(t, {
    "..1/config.ts": `import { count } from "./count.ts"; ${config("count")}`,
    "..1/count.ts": "export const count = 1;",
    "..data": { link: "..1" },
    "config.ts": { link: "..data/config.ts" },
  });
  assert.deepEqual(contents(await states.next()), [{ services: { count: 1 } }]);
  for (const count of [2, 3]) {
    await put(folder, {
      [`..${count}/config.ts`]: `import { count } from "./count.ts"; ${config("count")}`,
      [`..${count}/count.ts`]: `export const count = ${count};`,
      "..data_tmp": { link: `..${count}` },
    });
    await rename(at("..data_tmp"), at("..data"));
    await rm(at(`..${count - 1}`), { recursive: true });
    assert.deepEqual(contents(await states.next()), [{ services: { count } }]);
  }
});

test("links on the way to what is imported are followed, and so is what they lead to", async (t) => {
  const { states, write, at, folder } = await start(t, {
    "config.ts": `import { count } from "./current/count.ts"; ${config("count")}`,
    current: { link: "releases/1" },
    "releases/1/count.ts": "export const count = 1;",
    "releases/2/count.ts": "export const count = 2;",
  });
  assert.deepEqual(contents(await states.next()), [{ services: { count: 1 } }]);
  for (const release of [2, 1, 2]) {
    const next = states.next();
    // Whatever is still to come of what was before has come by then.
    for (let i = 0; i < 2; i++) await runElsewhere(t);
    await put(folder, { next: { link: `releases/${release}` } });
    await rename(at("next"), at("current"));
    assert.deepEqual(contents(await next), [{ services: { count: release } }]);
  }
  await write("releases/2/count.ts", "export const count = 3;");
  assert.deepEqual(contents(await states.next()), [{ services: { count: 3 } }]);
});

test("what changes while the code runs for the first time is seen, also in a folder that it was not known to import from", async (t) => {
  for (const name of ["count.ts", "lib/count.ts"]) {
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const server = createServer(async (_request, response) => {
      arrived.resolve();
      await answer.promise;
      response.end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { states, write } = await start(t, {
      "config.ts": `import { count } from "./${name}"; await fetch("${url}"); ${config("count")}`,
      [name]: "export const count = 1;",
    });
    const first = states.next();
    await arrived.promise;
    await write(name, "export const count = 2;");
    answer.resolve();
    assert.deepEqual(contents(await first), [{ services: { count: 1 } }]);
    assert.deepEqual(contents(await states.next()), [{ services: { count: 2 } }]);
  }
});

test("a module that require() finds by another name is followed, and so is one that it would find before that", async (t) => {
  const { states, write } = await start(t, {
    "config.ts": `import { createRequire } from "node:module";
      const { count } = createRequire(import.meta.url)("./count"); ${config("count")}`,
    "count.json": `{ "count": 1 }`,
  });
  assert.deepEqual(contents(await states.next()), [{ services: { count: 1 } }]);
  await write("count.json", `{ "count": 2 }`);
  assert.deepEqual(contents(await states.next()), [{ services: { count: 2 } }]);
  await write("count.js", "exports.count = 3;");
  assert.deepEqual(contents(await states.next()), [{ services: { count: 3 } }]);
});

const readers: readonly (readonly [how: string, code: string])[] = [
  ["with node:fs", `import { readFileSync } from "node:fs"; const count = JSON.parse(readFileSync(path, "utf8"));`],
  [
    "with require()",
    `import { createRequire } from "node:module";
    const count = JSON.parse(createRequire(import.meta.url)("fs").readFileSync(path, "utf8"));`,
  ],
  [
    "with a module that is asked for without an import",
    `const count = JSON.parse(process.getBuiltinModule("fs").readFileSync(path, "utf8"));`,
  ],
  ["in a package", `import { count } from "reader";`],
  ["that is imported as JSON", `import count from "./data.json" with { type: "json" };`],
];

for (const [how, code] of readers) {
  test(`a file that code reads ${how} runs it again`, async (t) => {
    const { states, write } = await start(t, {
      "config.ts": `const path = new URL("./data.json", import.meta.url); ${code} ${config("count")}`,
      "node_modules/reader/package.json": `{ "type": "module", "exports": "./index.js" }`,
      "node_modules/reader/index.js": `import { readFileSync } from "node:fs";
        export const count = JSON.parse(readFileSync(new URL("../../data.json", import.meta.url), "utf8"));`,
      "data.json": "1",
    });
    assert.deepEqual(contents(await states.next()), [{ services: { count: 1 } }]);
    await write("data.json", "2");
    assert.deepEqual(contents(await states.next()), [{ services: { count: 2 } }]);
  });
}

test("a variable in an .env file that code loads is read again", async (t) => {
  const { states, write } = await start(t, {
    "config.ts": `process.loadEnvFile(new URL(".env", import.meta.url)); ${config("count: process.env.COUNT")}`,
    ".env": "COUNT=1",
  });
  assert.deepEqual(contents(await states.next()), [{ services: { count: "1" } }]);
  await write(".env", "COUNT=2");
  assert.deepEqual(contents(await states.next()), [{ services: { count: "2" } }]);
});

test("a module that is missing is waited for", async (t) => {
  for (const [specifier, files] of [
    ["./lib/count.ts", { "lib/count.ts": "export const count = 1;" }],
    ["counts", { "node_modules/counts/index.js": "exports.count = 1;", "package-lock.json": "{}" }],
  ] as const) {
    const { states, folder } = await start(t, {
      "config.ts": `import { count } from "${specifier}"; ${config("count")}`,
    });
    assert.match((await states.next()).value.problems[0].message, /Cannot find/);
    await put(folder, files);
    for (;;) {
      const { value } = await states.next();
      if (value.problems.length > 0) continue;
      assert.deepEqual(contents({ value }), [{ services: { count: 1 } }]);
      break;
    }
  }
});

test("another version of a package runs the code that imports it again", async (t) => {
  const { states, write, folder } = await start(t, {
    "config.ts": `import { count } from "counts"; ${config("count")}`,
    "node_modules/counts/index.js": "exports.count = 1;",
    "package-lock.json": "1",
  });
  assert.deepEqual(contents(await states.next()), [{ services: { count: 1 } }]);
  await put(folder, { "node_modules/counts/index.js": "exports.count = 2;" });
  await write("package-lock.json", "2");
  assert.deepEqual(contents(await states.next()), [{ services: { count: 2 } }]);
});

test("code that does not end is run again when what it imports is mended", async (t) => {
  const files = {
    "config.ts": `import { count } from "./count.ts"; ${config("count")}`,
    "count.ts": "while (true); export const count = 0;",
  };
  const { states, write } = await start(t, files, { timeoutMs: 1000 });
  assert.match((await states.next()).value.problems[0].message, /it did not end/);
  await write("count.ts", "export const count = 1;");
  assert.deepEqual(contents(await states.next()), [{ services: { count: 1 } }]);
});

const failures: readonly (readonly [what: string, code: string, message: RegExp, timeoutMs?: number])[] = [
  ["has no default export", "export const config = {};", /it has no default export; write export default/],
  ["is not valid", "export default {", /cannot be run: /],
  ["does not end", "while (true);", /it did not end within 0\.5 s/, 500],
  ["ends the process", "process.exit(3);", /it ended the thread it ran in, with exit code 3/],
];

for (const [what, code, message, timeoutMs = 10_000] of failures) {
  test(`code that ${what} is a problem`, async (t) => {
    const { states } = await start(t, { "config.ts": code }, { timeoutMs });
    const { value } = await states.next();
    assert.deepEqual(value.documents, []);
    assert.match(value.problems[0].message, message);
  });
}

/** Texts, and where links lead, by path. */
type Files = Readonly<Record<string, string | { readonly link: string }>>;

async function start(t: TestContext, files: Files, options: Partial<CodeSourceOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "chancery-code-"));
  await put(folder, files);
  const controller = new AbortController();
  const source = codeSource({ paths: ["config.ts"], cwd: folder, settleMs: 1, ...options });
  const states = source.watch(controller.signal)[Symbol.asyncIterator]();
  t.after(async () => {
    controller.abort();
    await states.next();
    await rm(folder, { recursive: true });
  });
  const at = (name: string) => join(folder, name);
  return { states, folder, at, write: (name: string, text: string) => replaceFile(at(name), text) };
}

/** Takes as long as it takes to run code. */
async function runElsewhere(t: TestContext, files: Files = { "config.ts": config("") }): Promise<void> {
  const { states } = await start(t, files);
  await states.next();
}

async function put(folder: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    if (typeof content === "string") await writeFile(join(folder, name), content);
    else await symlink(content.link, join(folder, name));
  }
}

function config(services: string): string {
  return `export default { services: { ${services} } };`;
}

function contents({ value }: { readonly value: SourceState }): unknown[] {
  return value.documents.map(({ content }) => content);
}
