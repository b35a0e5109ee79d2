import { execFile } from "node:child_process";
import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { ChanceryError } from "../errors.ts";
import { cacheDir } from "./cache-dir.ts";
import { envoyVersion, fetchEnvoy } from "./fetch-envoy.ts";

/** An Envoy that runs on this machine. */
export interface EnvoyBinary {
  readonly path: string;
  readonly from: "ENVOY_BIN" | "PATH" | "cache";
}

export interface EnsureEnvoyOptions {
  /** Told what is going on when it takes a while. */
  readonly report?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Finds an Envoy as {@link findEnvoy} does, and fetches one into the cache when there is none. */
export async function ensureEnvoy(env: NodeJS.ProcessEnv, options: EnsureEnvoyOptions = {}): Promise<EnvoyBinary> {
  const found = await findEnvoy(env);
  if (found) return found;
  const path = cachedPath(env);
  await fetchEnvoy(path, { ...options, env });
  return { path, from: "cache" };
}

/**
 * Finds an Envoy: the one `ENVOY_BIN` names, else `envoy` on PATH, else the one in the cache.
 * Throws when `ENVOY_BIN` names something that cannot be run.
 */
export async function findEnvoy(env: NodeJS.ProcessEnv): Promise<EnvoyBinary | undefined> {
  const named = env.ENVOY_BIN;
  if (named) {
    if (await isExecutable(named)) return { path: named, from: "ENVOY_BIN" };
    throw new ChanceryError(
      "envoy-not-executable",
      `Cannot use ENVOY_BIN "${named}": it would have to be an Envoy that can be run. Unset it to have one fetched.`,
    );
  }
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    const path = join(folder, "envoy");
    if (folder !== "" && (await isExecutable(path)) && (await answers(path))) return { path, from: "PATH" };
  }
  const cached = cachedPath(env);
  return (await isExecutable(cached)) ? { path: cached, from: "cache" } : undefined;
}

function cachedPath(env: NodeJS.ProcessEnv): string {
  return join(cacheDir(env), `envoy-${envoyVersion}`, "envoy");
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

// Version managers put an `envoy` on PATH that only says that no Envoy is installed.
async function answers(path: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"]);
    return stdout.includes("version:");
  } catch {
    return false;
  }
}
