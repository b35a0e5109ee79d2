// Runs a configuration that is code, in a thread of its own: each run starts from nothing, and one that hangs can be ended.
import { readFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import "../own-packages.ts";
import { type CodePlaces, placesInCode } from "./code-places.ts";

/** What the thread says when the code has run. */
export type CodeResult =
  | { readonly ok: true; readonly content: unknown; readonly places: CodePlaces; readonly files: readonly string[] }
  | { readonly ok: false; readonly message: string; readonly stack: string; readonly files: readonly string[] };

const files = new Set<string>();
registerHooks({
  load(url, context, next) {
    if (url.startsWith("file:")) files.add(fileURLToPath(url));
    return next(url, context);
  },
});

parentPort?.postMessage(await run(String(workerData.path)));

async function run(path: string): Promise<CodeResult> {
  files.add(path);
  try {
    const { default: exported }: { default?: unknown } = await import(pathToFileURL(path).href);
    const config: unknown = await (typeof exported === "function" ? exported() : exported);
    if (config === undefined) throw new TypeError("it has no default export; write export default defineConfig({ … })");
    // Only data goes on: what JSON cannot say, no file could have said either.
    const content: unknown = JSON.parse(JSON.stringify(config));
    const places = placesInCode(await readFile(path, "utf8"), { isTyped: /ts$/.test(path) });
    return { ok: true, content, places, files: [...files] };
  } catch (error) {
    const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    return { ok: false, message, stack, files: [...files] };
  }
}
