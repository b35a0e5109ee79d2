// Checks that the table of docs/conformance.md names the tests that show each statement. Run by itself with `--write`,
// `node --conditions=chancery-source features/conformance-page.test.ts --write`, it writes that column anew.
import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const page = join(root, "docs/conformance.md");
const numbers = Array.from({ length: 93 }, (_, index) => `P${index + 1}`);
const notShown = "not shown yet";

/** `| P19 | what | source | shown by |` */
const row = /^\| (P\d+) \|(.*)\|([^|]*)\|$/gm;

test("each statement of the page is in the name of a test, and the page says in which file", async () => {
  const whole = readFileSync(page, "utf8");
  const start = whole.indexOf("\n## The statements\n");
  const text = whole.slice(start);
  const shown = await filesByStatement();
  const expected = text.replace(row, (_, id: string, what: string) => {
    return `| ${id} |${what}| ${shown.get(id)?.join(", ") ?? notShown} |`;
  });
  if (process.argv.includes("--write")) writeFileSync(page, whole.slice(0, start) + expected);
  else assert.equal(text, expected);
  assert.deepEqual(
    [...text.matchAll(row)].map(([, id]) => id),
    numbers,
  );
  assert.ok(!expected.includes(`| ${notShown} |`), "every statement is shown");
});

/** Where the name of a test, or of a transcript, says the number of a statement. */
async function filesByStatement(): Promise<Map<string, string[]>> {
  const files = new Map<string, string[]>();
  const note = (ids: Iterable<string>, file: string) => {
    for (const id of new Set(ids)) files.set(id, [...(files.get(id) ?? []), `\`${file}\``]);
  };
  const folder = "packages/xds/src/testing/statements";
  for (const file of globSync("*.ts", { cwd: join(root, folder) }).sort()) {
    if (file !== "index.ts") note(await statementsIn(join(root, folder, file)), `statements/${file}`);
  }
  const tests = ["packages/*/src/**/*.test.ts", "features/**/*.test.ts", "e2e/**/*.test.ts"];
  for (const file of globSync(tests, { cwd: root, exclude: ["**/node_modules/**"] }).sort()) {
    note(namedIn(readFileSync(join(root, file), "utf8")), file.replace(/^packages\/xds\/src\//, ""));
  }
  return files;
}

/** The numbers in the transcripts that a module exports. */
async function statementsIn(path: string): Promise<string[]> {
  const module: Record<string, unknown> = await import(path);
  return Object.values(module).flat().flatMap(idsOf);
}

function idsOf(statement: unknown): string[] {
  if (typeof statement !== "object" || statement === null || !("ids" in statement)) return [];
  return Array.isArray(statement.ids) ? statement.ids.map(String) : [];
}

/** The numbers in the names of tests, such as "a NACK causes no resend (P19, P20)". */
function namedIn(source: string): string[] {
  const names = source.match(/(?<=\btest\(\s*)(["'`])[^\n]*?\1/g) ?? [];
  return names.flatMap((name) => name.match(/\bP\d+\b/g) ?? []);
}
