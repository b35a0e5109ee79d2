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

parentPort?.postMessage(await run(String(workerData.path)));

async function run(path: string): Promise<CodeResult> {
  const entry = pathToFileURL(path).href;
  const imports = followImports(entry);
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
