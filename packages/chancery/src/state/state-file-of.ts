import { hash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where a server that serves these paths keeps its state, by the XDG Base Directory Specification. */
export function stateFileOf(paths: readonly string[], options: { env: NodeJS.ProcessEnv; cwd: string }): string {
  const { env, cwd } = options;
  const base = env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local", "state");
  const name = hash("sha256", paths.map((path) => resolve(cwd, path)).join("\0"), "hex").slice(0, 16);
  return join(base, "chancery", `${name}.json`);
}

/** Where a server with this state file keeps which endpoints it found to be unhealthy. */
export function verdictsFileOf(stateFile: string): string {
  return `${stateFile.replace(/\.json$/, "")}.health.json`;
}
