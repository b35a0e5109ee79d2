import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { Commands } from "../command.ts";
import { runProgram } from "../program.ts";

/** Runs a command against the control plane whose HTTP API is at `http`. */
export function runAgainst(http: string, commands: Commands) {
  const [name = ""] = Object.keys(commands);
  const begin = (args: readonly string[], signal: AbortSignal) => {
    const io = { stdout: new PassThrough(), stderr: new PassThrough(), env: {}, cwd: "/", signal };
    const code = runProgram(commands, [name, "--http", http, ...args], io);
    return { io, code };
  };
  return {
    /** Resolves when it has ended, with all that it wrote. */
    async run(args: readonly string[]) {
      const { io, code } = begin(args, new AbortController().signal);
      const streams = [text(io.stdout), text(io.stderr)];
      const ended = await code;
      for (const stream of [io.stdout, io.stderr]) stream.end();
      const [stdout = "", stderr = ""] = await Promise.all(streams);
      return { code: ended, stdout, stderr };
    },
    /** Lets it run, and reads what it writes as it comes. */
    follow(args: readonly string[]) {
      const controller = new AbortController();
      const { io, code } = begin(args, controller.signal);
      const chunks = io.stdout.setEncoding("utf8")[Symbol.asyncIterator]();
      return {
        code,
        line: async () => String((await chunks.next()).value),
        abort: () => controller.abort(),
      };
    },
  };
}
