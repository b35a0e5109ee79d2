import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import { promisify } from "node:util";
import { ensureEnvoy } from "../bootstrap/envoy-binary.ts";
import { folderWith, runCommand } from "../cli/testdata/run-command.ts";

const folder = join(import.meta.dirname, "testdata");
const pem = join(import.meta.dirname, "../translate/testdata");

describe("Envoy takes the files that are imported, and what the models are translated to", { concurrency: 2 }, () => {
  let envoy = "";
  before(async () => {
    envoy = (await ensureEnvoy(process.env)).path;
  });

  // The odd one refers to files and to parts of a bootstrap that there are not.
  for (const file of globSync("*.in.yaml", { cwd: folder, exclude: ["odd.in.yaml"] }).sort()) {
    test(basename(file, ".in.yaml"), async (t) => {
      const cwd = await folderWith(t, { "envoy.yaml": withFiles(readFileSync(join(folder, file), "utf8")) });
      await validate(envoy, join(cwd, "envoy.yaml"));
      const imported = await runCommand(["import", "envoy.yaml", "-o", "model/chancery.yaml"], cwd);
      assert.equal(imported.code, 0, imported.stderr);
      const translated = await runCommand(["translate", "model", "--static", "-o", "out.yaml"], cwd);
      assert.equal(translated.code, 0, translated.stderr);
      await validate(envoy, join(cwd, "out.yaml"));
    });
  }
});

/** A file that names certificates which there are. */
function withFiles(text: string): string {
  return text
    .replaceAll(/\/\S+\.crt/g, join(pem, "shop.pem"))
    .replaceAll(/\/\S+\.key/g, join(pem, "shop.key.pem"))
    .replaceAll(/\/\S+\/(clients|internal-ca)\.pem/g, join(pem, "ca.pem"));
}

async function validate(envoy: string, file: string): Promise<void> {
  await promisify(execFile)(envoy, ["--mode", "validate", "-c", file, "--disable-hot-restart", "-l", "error"]);
}
