import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Address } from "../../address.ts";
import type { Logger } from "../../logs.ts";

/** A program of an example that runs until it is stopped, or ends by itself. */
export interface ProgramProcess {
  readonly file: string;
  /** Settles when the process is gone and says how, such as `exit code 1`. */
  readonly ended: Promise<string>;
  /** Settles when all that it wrote has been taken. */
  readonly read: Promise<void>;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  /** The example's, where it runs. */
  readonly folder: string;
  readonly xds: Address;
  readonly http: Address;
  /** Of the first Envoy. */
  readonly admin: Address | undefined;
  /** Where the first Envoy runs. */
  readonly envoyFolder: string;
  /** Takes the lines that it writes; what it writes to its standard error is a warning. */
  readonly log: Logger;
}

/**
 * Starts a program of an example, which finds Chancery's packages wherever it is. It is told by its environment where
 * things are: `XDS_PORT` and `HTTP_PORT` are to be the control plane's, `ADMIN_PORT` is the first Envoy's, and
 * `ENVOY_FOLDER` where that one runs.
 */
export async function startProgram(file: string, options: ProgramOptions): Promise<ProgramProcess> {
  const { folder, xds, http, admin, envoyFolder, log } = options;
  // From the sources it runs with the sources.
  const conditions = process.execArgv.filter((argument) => argument.startsWith("--conditions="));
  const child = spawn(process.execPath, [...conditions, "--import", ownPackages, join(folder, file)], {
    cwd: folder,
    env: {
      ...process.env,
      ...{ XDS_PORT: `${xds.port}`, HTTP_PORT: `${http.port}`, ENVOY_FOLDER: envoyFolder },
      ...(admin && { ADMIN_PORT: `${admin.port}` }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Whatever ends this process takes it along.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = endOf(child).finally(() => process.off("exit", kill));
  const read = Promise.all([
    readLines(child.stdout, (line) => log.info({ program: file }, line)),
    readLines(child.stderr, (line) => log.warn({ program: file }, line)),
  ]).then(() => {});
  return {
    ...{ file, ended, read },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** It is built as this file is. */
const ownPackages = new URL(`../../own-packages${extname(import.meta.url)}`, import.meta.url).href;

async function endOf(child: ChildProcess): Promise<string> {
  const [code, signal]: (number | string | null)[] = await once(child, "exit");
  return signal === null ? `exit code ${code}` : `${signal}`;
}

async function readLines(stream: Readable, take: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) take(line);
}
