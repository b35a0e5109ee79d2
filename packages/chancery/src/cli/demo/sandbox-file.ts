import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChanceryError } from "../../errors.ts";

/** The file that the demo serves and a person edits. */
export interface SandboxFile {
  readonly path: string;
  /** Whether it is a copy that goes when the demo ends. */
  readonly temporary: boolean;
}

/** The port of the listener in the example. */
export const sandboxPort = 10_000;

/**
 * Returns the example itself when it can be edited and has the right port, as in a clone of the repository; else a
 * copy of it in `folder` whose listener has `port`.
 */
export async function sandboxFile(port: number, folder: string): Promise<SandboxFile> {
  const original = await firstThere([inRepository, inPackage]);
  if (original === inRepository && port === sandboxPort) return { path: original, temporary: false };
  const path = join(folder, "sandbox.yaml");
  const text = await readFile(original, "utf8");
  await writeFile(path, text.replace(`port_value: ${sandboxPort}`, `port_value: ${port}`));
  return { path, temporary: true };
}

// Sources and built files lie equally deep in the package.
const inPackage = fileURLToPath(new URL("../../../examples/dynamic-configuration/sandbox.yaml", import.meta.url));
const inRepository = fileURLToPath(
  new URL("../../../../../examples/dynamic-configuration/sandbox.yaml", import.meta.url),
);

async function firstThere(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  throw new ChanceryError("demo-file-missing", `Cannot find the demo's file; it would have to be "${inRepository}"`);
}
