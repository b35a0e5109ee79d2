import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { TestContext } from "node:test";
import { ensureEnvoy } from "../../packages/chancery/src/bootstrap/envoy-binary.ts";
import { addressesOf } from "../../packages/chancery/src/cli/demo/addresses.ts";
import { type Description, portsOf } from "../../packages/chancery/src/cli/demo/description.ts";
import { findExample, prepareExample } from "../../packages/chancery/src/cli/demo/example.ts";
import { runExample } from "../../packages/chancery/src/cli/demo/run.ts";
import { createLogger } from "../../packages/chancery/src/logs.ts";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

export interface StartedExample {
  /** Where the copy is that runs. */
  readonly folder: string;
  /** With the ports that were picked. */
  readonly description: Description;
  /** Waits until the control plane says something from now on. */
  says(what: string | RegExp): Promise<void>;
}

/** Runs a copy of an example on free ports, as `chancery demo` does; it ends with the test. */
export async function startExample(t: TestContext, name: string): Promise<StartedExample> {
  const found = await findExample(name, import.meta.dirname);
  const ports = new Map<number, number>();
  for (const { port } of portsOf(found.description)) ports.set(port, await freePort());
  const local = async () => ({ host: "127.0.0.1", port: await freePort() });
  const wanted = { ports, adminPort: 0, xds: await local(), http: await local() };
  const { ports: used, ...addresses } = await addressesOf(found.description, wanted);
  const folder = await mkdtemp(join(tmpdir(), "chancery-example-"));
  const example = await prepareExample(found, { ports: used, http: addresses.http, folder });
  const { path: binary } = await ensureEnvoy(process.env, { report: (line) => t.diagnostic(line) });
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      written.push(`${chunk}`);
      done();
    },
  });
  const running = await runExample(example, {
    ...{ binary, addresses, folder, cwd: example.folder },
    log: createLogger(stream, { format: "pretty", color: false }),
    envoyArgs: ["--concurrency", "1", "--drain-time-s", "1", "-l", "warning"],
  });
  t.after(async () => {
    if (!t.passed) {
      t.diagnostic(`The control plane's log:\n${written.join("")}`);
      for (const envoy of running.envoys.values()) t.diagnostic(`Envoy's log:\n${await envoy.lastLog(30)}`);
    }
    await running[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const says = async (what: string | RegExp) => {
    const before = written.length;
    await until(
      `the control plane says ${what}`,
      () => {
        const said = written.slice(before).join("");
        if (said.search(typeof what === "string" ? RegExp.escape(what) : what) < 0)
          throw new Error(`It says:\n${said}`);
        return true;
      },
      patience,
    );
  };
  for (const { ports } of Object.values(example.description.envoys)) {
    for (const port of ports) await until(`Envoy listens on ${port}`, () => listens(port));
  }
  assert.doesNotMatch(written.join(""), /WARN|ERROR/, "nothing is wrong with an example as it comes");
  return { folder: example.folder, description: example.description, says };
}

/** Code that is run again needs seconds on a machine that does much else. */
const patience = { withinMs: 30_000 };

function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
