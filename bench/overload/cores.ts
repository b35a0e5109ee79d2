import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";

const loadCore = 1;

/**
 * Whether the load has a core, so that thrice what the server can take takes nothing from it; it needs two cores and
 * `taskset`. The server is not held to the other one: V8 collects garbage on threads of their own.
 */
export const isPinned: boolean = availableParallelism() >= 2 && spawnSync("taskset", ["--version"]).error === undefined;

/** The command that runs a program on the core for load, and there only when nothing else wants it. */
export function onLoadCore(command: string, ...args: readonly string[]): readonly [string, ...string[]] {
  const pin = isPinned ? ["taskset", "--cpu-list", `${loadCore}`] : [];
  return ["nice", "-n", "19", ...pin, command, ...args];
}

/** Runs something while a program keeps the core for load busy, which ends by itself after some seconds. */
export async function whileLoadCoreIsBusy<T>(seconds: number, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  const spin = `for (const end = Date.now() + ${seconds * 1000}; Date.now() < end; );`;
  const [command, ...args] = onLoadCore(process.execPath, "--eval", spin);
  const child = spawn(command, args, { stdio: "ignore", signal });
  const ended = once(child, "close");
  try {
    return await run();
  } finally {
    child.kill();
    await ended;
  }
}
