import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadAll } from "./command.ts";
import { commands } from "./commands.ts";
import { folderWith, runCommand } from "./testdata/run-command.ts";

const shells = ["bash", "zsh", "fish"] as const;

for (const shell of shells) {
  test(`the script for ${shell} has every command and option`, async () => {
    const { code, stdout } = await runCommand(["completion", shell], ".");
    assert.equal(code, 0);
    for (const { name, options } of await loadAll(commands)) {
      assert.match(stdout, new RegExp(`\\b${name}\\b`));
      for (const option of Object.keys(options)) {
        assert.match(stdout, new RegExp(shell === "fish" ? `-l ${option}\\b` : `--${option}\\b`));
      }
    }
  });

  const isThere = spawnSync(shell, ["-c", "true"]).status === 0;
  test(`${shell} can read its script`, { skip: !isThere && `there is no ${shell}` }, async (t) => {
    const { stdout } = await runCommand(["completion", shell], ".");
    const folder = await folderWith(t, {});
    await writeFile(join(folder, "script"), stdout);
    execFileSync(shell, ["-n", join(folder, "script")]);
  });
}

const completions: [words: string[], has: string[], hasNot: string[]][] = [
  [["tr"], ["translate"], ["test"]],
  [["validate", "--format", ""], ["json", "sarif", "text"], ["markdown"]],
  [["validate", "--f"], ["--format"], ["--strict"]],
  [["test", "e"], ["edge.yaml"], ["--envoy"]],
  [["envoy", ""], ["install", "path", "run"], ["edge.yaml"]],
  [["completion", ""], ["bash", "zsh", "fish"], []],
  [["translate", "-o", "e"], ["edge.yaml"], []],
  [["help", "pl"], ["plan"], ["validate"]],
];

for (const [words, has, hasNot] of completions) {
  test(`bash completes "chancery ${words.join(" ")}"`, async (t) => {
    const found = await completeInBash(t, words);
    for (const word of has) assert.ok(found.includes(word), `${word} is not in ${found.join(" ")}`);
    for (const word of hasNot) assert.ok(!found.includes(word), `${word} is in ${found.join(" ")}`);
  });
}

async function completeInBash(t: TestContext, words: readonly string[]): Promise<readonly string[]> {
  const { stdout: script } = await runCommand(["completion", "bash"], ".");
  const cwd = await folderWith(t, { "edge.yaml": "", script });
  const line = ["chancery", ...words].map((word) => `'${word}'`).join(" ");
  const program = `source ./script; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _chancery; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", program], { cwd, encoding: "utf8" }).split("\n");
}

test("another shell is a mistake", async () => {
  const { stderr: said } = await runCommand(["completion", "fihs"], ".");
  assert.match(said, /Cannot use "fihs"; did you mean "fish"\?/);
  for (const args of [[], ["tcsh"], ["bash", "zsh"]]) {
    const { code, stderr } = await runCommand(["completion", ...args], ".");
    assert.equal(code, 2);
    assert.match(stderr, /bash, zsh/);
  }
});
