import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");

for (const page of ["taps", "event-reporting", "external-processing", "rate-limit-quota"]) {
  test(`the program in docs/${page}.md runs as it stands`, () => {
    const text = readFileSync(join(root, `docs/${page}.md`), "utf8");
    const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(text) ?? [];
    assert.ok(example.includes("port: 18000"));
    const program = `${example.replace("port: 18000", "port: 0")}\nawait server.close();`;
    const options = ["--conditions=chancery-source", "--input-type=module-typescript", "--eval", program];
    const { status, stderr } = spawnSync(process.execPath, options, { cwd: root, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
}
