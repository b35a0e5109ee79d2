import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ChanceryError } from "../errors.ts";
import type { Bootstrap } from "./bootstrap.ts";
import { toBootstrapYaml } from "./bootstrap-yaml.ts";

/** An Envoy that runs until it is stopped, or ends by itself. */
export interface EnvoyProcess {
  /** Settles when the process is gone and says how, such as `exit code 1` or `SIGSEGV`. */
  readonly ended: Promise<string>;
  /** Everything Envoy wrote. */
  readonly logFile: string;
  /** The end of what Envoy wrote. */
  lastLog(lines: number): Promise<string>;
  stop(): Promise<void>;
}

export interface EnvoyProcessOptions {
  /** The program, as `ensureEnvoy` finds it. */
  readonly binary: string;
  readonly bootstrap: Bootstrap;
  /** An existing folder for its bootstrap and its log; relative paths in its configuration start here. */
  readonly folder: string;
  /** Further arguments, such as `["--concurrency", "1"]`. */
  readonly args?: readonly string[];
}

/** Starts an Envoy that stands alone: without hot restart, so that any number can run on one machine. */
export async function startEnvoyProcess(options: EnvoyProcessOptions): Promise<EnvoyProcess> {
  const { binary, bootstrap, folder, args = [] } = options;
  const file = join(folder, "bootstrap.yaml");
  const logFile = join(folder, "envoy.log");
  await writeFile(file, toBootstrapYaml(bootstrap));
  const log = await open(logFile, "a");
  const child = spawn(binary, ["-c", file, "--disable-hot-restart", ...args], {
    cwd: folder,
    stdio: ["ignore", log.fd, log.fd],
  });
  // Whatever ends this process takes Envoy with it.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = endOf(child).finally(() => process.off("exit", kill));
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new ChanceryError("envoy-not-started", `Cannot start Envoy "${binary}"`, { cause });
  } finally {
    await log.close();
  }
  return {
    ended,
    logFile,
    lastLog: async (lines) => (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-lines).join("\n"),
    stop: () => stop(child, ended),
  };
}

async function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
}

const graceMs = 5_000;

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await ended;
  clearTimeout(timer);
}
