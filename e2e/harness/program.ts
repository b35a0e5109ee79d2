import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A command of `chancery` in a process of its own. */
export interface Program {
  /** Everything it has written so far. */
  output(): string;
  /** Waits until what it wrote has `text`; throws when it ends before that. */
  says(text: string): Promise<void>;
  /** How it ended: the exit code, or the signal. */
  readonly ended: Promise<number | string>;
  signal(name: NodeJS.Signals): void;
}

/** Runs `chancery` from the sources; it ends with the test at the latest. */
export function runProgram(t: TestContext, args: readonly string[]): Program {
  const child = spawn(process.execPath, ["--conditions=chancery-source", main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => written.push(text));
  }
  const ended = once(child, "close").then(([code, signal]: (number | string)[]) => code ?? signal ?? "");
  t.after(async () => {
    if (!t.passed) t.diagnostic(`What it wrote:\n${written.join("")}`);
    child.kill("SIGTERM");
    await ended;
  });
  const output = () => written.join("");
  return {
    output,
    ended,
    signal: (name) => child.kill(name),
    async says(text) {
      const over = ended.then((how) => {
        throw new Error(`It ended (${how}) without saying "${text}"`);
      });
      // Whoever waits longer than this for an end is told by `ended`.
      over.catch(() => {});
      while (!output().includes(text)) {
        await Promise.race([once(child.stdout, "data"), once(child.stderr, "data"), over]);
      }
    },
  };
}

const main = join(import.meta.dirname, "../../packages/chancery/src/cli/main.ts");
