// Runs every check and test: `node scripts/test.ts`, or only the files it is given. All that failed is said again at the
// end, where it is looked for; the last line is the sum.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import { type EventData, run } from "node:test";
import { spec } from "node:test/reporters";
import { inspect } from "node:util";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = join(import.meta.dirname, "..");
const only = process.argv.slice(2);

// A real Envoy under load wants the machine for itself, so those come after the others and one at a time.
const stages =
  only.length > 0
    ? [() => runTests(only, 1)]
    : [
        check,
        () =>
          runTests(
            ["packages/*/src/**/*.test.ts", "features/**/*.test.ts", "bench/*.test.ts", "scripts/*.test.ts"],
            availableParallelism(),
          ),
        () => runTests(["e2e/**/*.test.ts"], 1),
      ];

const failures: string[] = [];
const counts: Counts[] = [];
for (const stage of stages) counts.push(await stage());
const sum = (name: keyof Counts) => counts.reduce((total, count) => total + count[name], 0);
const skipped = sum("skipped");
if (failures.length > 0) console.log(`\nWhat failed:\n\n${failures.join("\n\n")}`);
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = sum("failed") === 0 ? 0 : 1;

/** Types, lint, format and import directions: counts when it fails. */
function check(): Counts {
  const options = { cwd: root, encoding: "utf8", maxBuffer: Number.POSITIVE_INFINITY } as const;
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "check"], options);
  const text = `${stdout}${stderr}`;
  process.stdout.write(text);
  if (status !== 0) failures.push(`npm run check\n${indent(text.trim())}`);
  return { passed: 0, failed: status === 0 ? 0 : 1, skipped: 0 };
}

async function runTests(patterns: readonly string[], concurrency: number): Promise<Counts> {
  const files = globSync([...patterns], { cwd: root, exclude: ["**/node_modules/**"] }).sort();
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const execArgv = ["--conditions=chancery-source"];
  const events = run({ files: files.map((file) => resolve(root, file)), concurrency, execArgv, timeout: 300_000 });
  let counts: Counts = { passed: 0, failed: 1, skipped: 0 };
  events.on("test:summary", ({ file, counts: summary }) => {
    // One comes for each file, and the one that is named after none sums them up.
    if (file !== undefined) return;
    const { tests, passed, skipped, todo } = summary;
    counts = { passed, failed: tests - passed - skipped - todo, skipped };
  });
  events.on("test:fail", (failure) => failures.push(...toFailure(failure)));
  for await (const text of events.compose(new spec())) process.stdout.write(String(text));
  return counts;
}

/** Where a test stands, what it is called, and why it failed; nothing of one that failed by tests within it, or may fail. */
function toFailure({ name, file, line, details, todo, skip }: EventData.TestFail): readonly string[] {
  const { error } = details;
  const isExpected = (todo !== undefined && todo !== false) || (skip !== undefined && skip !== false);
  if (isExpected || ("failureType" in error && error.failureType === "subtestsFailed")) return [];
  const place = file === undefined ? "" : `${relative(root, file)}:${line} `;
  return [`${place}${name}\n${indent(inspect(error.cause ?? error))}`];
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
