import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { Commands } from "../command.ts";
import { commands as allCommands } from "../commands.ts";
import { runProgram } from "../program.ts";

/** What a command wrote, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** All that `chancery` has by default. */
  readonly commands?: Commands;
  /** The environment; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs `chancery` with these words in a folder. */
export async function runCommand(args: readonly string[], cwd: string, options: RunOptions = {}): Promise<Ran> {
  const { commands = allCommands, env = process.env } = options;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { signal } = new AbortController();
  const code = await runProgram(commands, args, { stdout, stderr, env, cwd, signal });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

/** Makes a folder with these files in it; it is gone after the test. */
export async function folderWith(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-cli-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}
