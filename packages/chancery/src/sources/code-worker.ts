// Runs a configuration that is code, in a thread of its own: each run starts from nothing, and one that hangs can be ended.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import "../own-packages.ts";
import { type CodeImports, followImports } from "./code-imports.ts";
import { type CodePlaces, placesInCode } from "./code-places.ts";

/** What the thread says when the code has run. */
export type CodeResult = CodeImports &
  (
    | { readonly ok: true; readonly content: unknown; readonly places: CodePlaces }
    | { readonly ok: false; readonly message: string; readonly stack: string }
  );

/** What the thread is given. */
export interface CodeWorkerData {
  readonly path: string;
  /** One number: 0 while the thread waits for a folder to be watched. */
  readonly gate: Int32Array<SharedArrayBuffer>;
}

/** What the thread says: that it waits for the folder of a file to be watched, or what came of it. */
export type CodeMessage =
  | { readonly kind: "folder"; readonly file: string }
  | { readonly kind: "result"; readonly result: CodeResult };

const say = (message: CodeMessage) => parentPort?.postMessage(message);
say({ kind: "result", result: await run(workerData) });

async function run({ path, gate }: CodeWorkerData): Promise<CodeResult> {
  const entry = pathToFileURL(path).href;
  const imports = followImports(entry, (file) => {
    Atomics.store(gate, 0, 0);
    say({ kind: "folder", file });
    Atomics.wait(gate, 0, 0);
  });
  try {
    const { default: exported }: { default?: unknown } = await import(entry);
    const config: unknown = await (typeof exported === "function" ? exported() : exported);
    if (config === undefined) throw new TypeError("it has no default export; write export default defineConfig({ … })");
    // Only data goes on: what JSON cannot say, no file could have said either.
    const content: unknown = JSON.parse(JSON.stringify(config));
    const places = placesInCode(await readFile(path, "utf8"), { isTyped: /ts$/.test(path) });
    return { ok: true, content, places, ...imports() };
  } catch (error) {
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    return { ok: false, message, stack, ...imports() };
  }
}
