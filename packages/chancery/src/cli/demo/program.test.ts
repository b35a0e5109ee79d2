import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { type TestContext, test } from "node:test";
import { createLogger } from "../../logs.ts";
import { startProgram } from "./program.ts";

test("a program anywhere finds Chancery's packages, and is told where things are", async (t) => {
  const { run, log } = await start(
    t,
    `import { Snapshots } from "@chancery/xds";
    import { tapSinkHandlers } from "@chancery/xds/services";
    import { defineConfig } from "chancery";
    const { XDS_PORT, HTTP_PORT, ADMIN_PORT, ENVOY_FOLDER } = process.env;
    const kinds: string[] = [Snapshots, tapSinkHandlers, defineConfig].map((it) => typeof it);
    console.log(...kinds, XDS_PORT, HTTP_PORT, ADMIN_PORT, ENVOY_FOLDER);
    console.error("a warning");`,
  );
  assert.equal(await run.ended, "exit code 0");
  await run.read;
  assert.match(log(), /INFO: function function function 1 2 3 \/envoy\n/);
  assert.match(log(), /WARN: a warning\n/);
});

test("a program that cannot run says why and ends; one that runs ends when it is stopped", async (t) => {
  const broken = await start(t, `import "@chancery/nothing";`);
  assert.equal(await broken.run.ended, "exit code 1");
  await broken.run.read;
  assert.match(broken.log(), /WARN: .*Cannot find package '@chancery\/nothing'/);
  const lasting = await start(t, "setInterval(() => {}, 1e6);");
  await lasting.run.stop();
  assert.equal(await lasting.run.ended, "SIGTERM");
});

async function start(t: TestContext, text: string) {
  const folder = await mkdtemp(join(tmpdir(), "chancery-program-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "program.ts"), text);
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      written.push(`${chunk}`);
      done();
    },
  });
  const at = (port: number) => ({ host: "127.0.0.1", port });
  const run = await startProgram("program.ts", {
    ...{ folder, xds: at(1), http: at(2), admin: at(3), envoyFolder: "/envoy" },
    log: createLogger(stream, { format: "pretty", color: false }),
  });
  return { run, log: () => written.join("") };
}
