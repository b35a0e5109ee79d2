// Runs every check and test: `node scripts/test.ts`, or only the files it is given. The last line is the sum.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

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

const counts: Counts[] = [];
for (const stage of stages) counts.push(await stage());
const sum = (name: keyof Counts) => counts.reduce((total, count) => total + count[name], 0);
const skipped = sum("skipped");
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = sum("failed") === 0 ? 0 : 1;

/** Types, lint, format and import directions: counts when it fails. */
function check(): Counts {
  const { status } = spawnSync("npm", ["run", "--silent", "check"], { cwd: root, stdio: "inherit" });
  return { passed: 0, failed: status === 0 ? 0 : 1, skipped: 0 };
}

async function runTests(patterns: readonly string[], concurrency: number): Promise<Counts> {
  const files = globSync([...patterns], { cwd: root, exclude: ["**/node_modules/**"] }).sort();
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const execArgv = ["--conditions=chancery-source"];
  const events = run({ files: files.map((file) => join(root, file)), concurrency, execArgv, timeout: 300_000 });
  let counts: Counts = { passed: 0, failed: 1, skipped: 0 };
  events.on("test:summary", ({ file, counts: summary }) => {
    // One comes for each file, and the one that is named after none sums them up.
    if (file !== undefined) return;
    const { tests, passed, skipped, todo } = summary;
    counts = { passed, failed: tests - passed - skipped - todo, skipped };
  });
  for await (const text of events.compose(new spec())) process.stdout.write(String(text));
  return counts;
}
