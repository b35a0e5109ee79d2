import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { codeSource } from "./code.ts";
import type { SourceState } from "./source.ts";

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

const failures: readonly (readonly [what: string, code: string, message: RegExp, timeoutMs?: number])[] = [
  ["has no default export", "export const config = {};", /it has no default export; write export default/],
  ["is not valid", "export default {", /cannot be run: /],
  ["does not end", "while (true);", /it did not end within 0\.5 s/, 500],
  ["ends the process", "process.exit(3);", /it ended the thread it ran in, with exit code 3/],
];

for (const [what, code, message] of failures) {
  test(`code that ${what} is a problem`, async (t) => {
    const { states } = await start(t, { "config.ts": code }, what === "does not end" ? 500 : undefined);
    const { value } = await states.next();
    assert.deepEqual(value.documents, []);
    assert.match(value.problems[0].message, message);
  });
}

async function start(t: TestContext, files: Readonly<Record<string, string>>, timeoutMs = 10_000) {
  const folder = await mkdtemp(join(tmpdir(), "chancery-code-"));
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const controller = new AbortController();
  const source = codeSource({ paths: ["config.ts"], cwd: folder, timeoutMs });
  const states = source.watch(controller.signal)[Symbol.asyncIterator]();
  t.after(async () => {
    controller.abort();
    await states.next();
    await rm(folder, { recursive: true });
  });
  return { states, write };
}

function contents({ value }: { readonly value: SourceState }): unknown[] {
  return value.documents.map(({ content }) => content);
}
