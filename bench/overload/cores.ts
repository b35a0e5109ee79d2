import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

const [serverCore, loadCore] = [0, 1];

/**
 * Whether server and load have a core each, so that a load of thrice the server's capacity takes nothing from it; it
 * needs two cores and `taskset`.
 */
export const isPinned: boolean = availableParallelism() >= 2 && spawnSync("taskset", ["--version"]).error === undefined;

/** The command that runs a program on the core of the server. */
export function onServerCore(command: string, ...args: readonly string[]): readonly string[] {
  return isPinned ? ["taskset", "--cpu-list", `${serverCore}`, command, ...args] : [command, ...args];
}

/** The command that runs a program on the other core, and there only when nothing else wants it. */
export function onLoadCore(command: string, ...args: readonly string[]): readonly [string, ...string[]] {
  const nice = ["-n", "19", command, ...args];
  return isPinned
    ? ["nice", ...nice.slice(0, 2), "taskset", "--cpu-list", `${loadCore}`, command, ...args]
    : ["nice", ...nice];
}

/** Has this process, which measures, leave the core of the server alone. */
export function leaveServerCore(): void {
  if (isPinned) spawnSync("taskset", ["--all-tasks", "--cpu-list", "--pid", `${loadCore}`, `${process.pid}`]);
}
