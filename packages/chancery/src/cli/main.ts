// The program `chancery`: connects the process to runProgram. bin/chancery.js imports this once Node is new enough.
import { constants } from "node:os";
import { commands } from "./commands.ts";
import { runProgram } from "./program.ts";

const controller = new AbortController();
// SIGHUP is a terminal that was closed.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // Who asks twice does not want to wait.
    if (controller.signal.aborted) process.exit(128 + constants.signals[signal]);
    controller.abort(signal);
  });
}
// A reader such as `head` may close the pipe early, which is its right.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await runProgram(commands, process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: controller.signal,
});
