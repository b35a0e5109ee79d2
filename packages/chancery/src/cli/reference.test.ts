import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadAll } from "./command.ts";
import { commands } from "./commands.ts";
import { toCommandReference } from "./reference.ts";

const page = join(import.meta.dirname, "../../../../docs/cli.md");

test("the page of commands says what --help says; UPDATE_GOLDEN=1 rewrites it", async () => {
  const text = toCommandReference(await loadAll(commands));
  if (process.env.UPDATE_GOLDEN) writeFileSync(page, text);
  // The texts are long, so only the first line that differs is shown.
  const [written, wanted] = [readFileSync(page, "utf8").split("\n"), text.split("\n")];
  const at = wanted.findIndex((line, index) => line !== written[index]);
  assert.equal(written[at], wanted[at], "docs/cli.md is out of date");
  assert.equal(written.length, wanted.length);
});

test("every command has examples, and exit codes that begin with what is good", async () => {
  for (const { name, examples, exitCodes } of await loadAll(commands)) {
    assert.ok(
      examples.some(({ command }) => command.includes(`chancery ${name}`)),
      name,
    );
    if (exitCodes !== undefined)
      assert.deepEqual(
        exitCodes.map(([code]) => code),
        ["0", "1", "2"],
        name,
      );
  }
});
