import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { benchDir, resultsDir } from "./paths.ts";

/** Builds a Go program of a folder in `bench/`, and gives its path. */
export async function buildGo(folder: string, signal: AbortSignal): Promise<string> {
  const program = join(resultsDir, "bin", folder.replaceAll("/", "-"));
  const cwd = join(benchDir, folder);
  const build = spawn("go", ["build", "-o", program, "."], { cwd, stdio: ["ignore", "inherit", "inherit"], signal });
  const [code] = await once(build, "close").catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    const help = 'there is no "go" on PATH; install Go 1.26 or newer (https://go.dev/dl)';
    throw new Error(`Cannot build bench/${folder}: ${help}`, { cause: error });
  });
  if (code !== 0) throw new Error(`Cannot build bench/${folder}: "go build" ended with exit code ${code}`);
  return program;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
