import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { TestContext } from "node:test";
import { type ControlPlane, startControlPlane } from "../../packages/chancery/src/control-plane.ts";
import { createLogger } from "../../packages/chancery/src/logs.ts";
import { TestStream } from "./client.ts";
import { adsMethods } from "./server.ts";

/** A control plane that serves a folder, its clients and its log; all of it ends with the test. */
export interface ServedFolder {
  readonly controlPlane: ControlPlane;
  write(name: string, text: string): Promise<void>;
  open(method?: string): TestStream;
  /** Waits for a line of the log that fits, among those since the last one that was waited for. */
  logged(pattern: RegExp): Promise<string>;
  /** Ends it, and starts another one with the same folder and state. */
  restart(): Promise<ServedFolder>;
}

export async function serveFolder(t: TestContext, files: Readonly<Record<string, string>>): Promise<ServedFolder> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-model-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return start(t, folder);
}

const free = { host: "127.0.0.1", port: 0 };

async function start(t: TestContext, folder: string): Promise<ServedFolder> {
  const log = new Lines();
  const controlPlane = await startControlPlane({
    ...{ xds: free, http: free, paths: ["."], cwd: folder },
    // Not a file that would be served itself.
    stateFile: join(folder, ".state"),
    log: createLogger(log.stream, { format: "json" }),
  });
  const streams: TestStream[] = [];
  const close = async () => {
    for (const stream of streams) stream.close();
    await controlPlane.close();
  };
  t.after(close);
  return {
    controlPlane,
    write: (name, text) => writeFile(join(folder, name), text),
    open(method = adsMethods.sotw) {
      const stream = new TestStream(controlPlane.xds, method);
      streams.push(stream);
      return stream;
    },
    logged: (pattern) => log.find(pattern),
    async restart() {
      await close();
      return start(t, folder);
    },
  };
}

/** The messages of a log in JSON lines. */
class Lines {
  readonly #lines: string[] = [];
  #onLine: () => void = () => {};

  readonly stream: Writable = new Writable({
    write: (chunk, _encoding, done) => {
      for (const line of String(chunk).split("\n")) if (line !== "") this.#lines.push(JSON.parse(line).msg);
      this.#onLine();
      done();
    },
  });

  async find(pattern: RegExp): Promise<string> {
    for (;;) {
      const at = this.#lines.findIndex((line) => pattern.test(line));
      if (at >= 0) return this.#lines.splice(0, at + 1).at(-1) ?? "";
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }
}
