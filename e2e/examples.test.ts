import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { readDescription, type Step } from "../packages/chancery/src/cli/demo/description.ts";
import { exampleNames } from "../packages/chancery/src/cli/demo/example.ts";
import { type StartedExample, startExample } from "./harness/example.ts";
import { until } from "./harness/until.ts";

const names = await exampleNames();

for (const name of names) {
  test(`example ${name}`, async (t) => {
    const example = await startExample(t, name);
    for (const step of example.description.try) await t.test(step.what, (t) => tryStep(t, step, example));
  });
}

for (const name of names) {
  test(`docs/tasks/${name}.md has the file and the commands of the example as they are`, async () => {
    const root = join(import.meta.dirname, "..");
    const page = await readFile(join(root, "docs/tasks", `${name}.md`), "utf8");
    const folder = join(root, "examples", name);
    const { serve, try: steps } = await readDescription(folder);
    const parts = [await readFile(join(folder, serve), "utf8"), ...steps.map(({ run }) => run.trimEnd())];
    for (const part of [...parts, ...steps.flatMap(({ log = [] }) => log)]) {
      assert.ok(page.includes(part), `the page lacks this:\n${part}`);
    }
  });
}

/** Does what a step says, and undoes its edit. */
async function tryStep(t: TestContext, { edit, log, run, see }: Step, example: StartedExample): Promise<void> {
  if (edit !== undefined) {
    const file = join(example.folder, edit.file);
    const text = await readFile(file, "utf8");
    assert.ok(text.includes(edit.from), `${edit.file} has "${edit.from}"`);
    const { alone } = example.description;
    const edited = alone ? undefined : example.says(log ?? isChange);
    await writeFile(file, text.replace(edit.from, edit.to));
    t.after(async () => {
      const undone = alone ? undefined : example.says(log === undefined ? isChange : "no problems any more");
      await writeFile(file, text);
      await undone;
    });
    await edited;
  }
  await until(`"${run}" shows ${see.join(", ")}`, () => sees(run, see, example.folder));
}

/** A line that says what Envoys have now. */
const isChange = /(Fleet|Node) "/;

async function sees(run: string, see: readonly string[], cwd: string): Promise<boolean> {
  const output = await outputOf(run, cwd);
  const missing = see.filter((text) => !output.includes(text));
  if (missing.length > 0) throw new Error(`It does not show ${missing.join(", ")} but:\n${output}`);
  return true;
}

/** Everything that a command writes, however it ends. */
function outputOf(run: string, cwd: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const env = { ...process.env, PATH: `${programs}${delimiter}${process.env.PATH}`, NO_COLOR: "1" };
  // A copy has no packages beside it for npx to look in.
  const command = run.replaceAll("npx chancery", "chancery");
  execFile("sh", ["-c", command], { cwd, env, timeout: 20_000 }, (_, stdout, stderr) => resolve(stdout + stderr));
  return promise;
}

/** Where `chancery` is. */
const programs = join(import.meta.dirname, "../node_modules/.bin");
