import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { answerEndWith, serve } from "../packages/xds/src/http2/testdata/serve.ts";
import { buildGo, Missing } from "./harness/tools.ts";

test("h2spec finds nothing wrong with the server's HTTP/2", async (t) => {
  const program = await buildGo("h2spec").catch((error: unknown) => {
    if (!(error instanceof Missing)) throw error;
    return error;
  });
  if (program instanceof Missing) {
    console.error(`Not tested: h2spec, since ${program.message}`);
    t.skip(program.message);
    return;
  }
  const { port } = await serve(t, answerEndWith(1000));
  const { stdout } = await promisify(execFile)(program, [`127.0.0.1:${port}`], { timeout: 120_000 });
  const lines = stdout.split("\n");
  const wrong = lines.filter((line) => /^(failed|skipped|not run): /.test(line));
  assert.deepEqual(wrong, []);
  assert.ok(Number(/^(\d+) passed$/m.exec(stdout)?.[1]) >= 140, stdout);
});
