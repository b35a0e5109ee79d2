import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { formatProblem } from "@chancery/xds";
import type { TlsOptions } from "@chancery/xds/grpc";
import { ChanceryError, isSystemError } from "../errors.ts";
import type { Logger } from "../logs.ts";
import { Changes } from "../sources/changes.ts";
import { DirectoryWatch } from "../sources/directory-watch.ts";
import { watchWayTo } from "../sources/link-path.ts";
import { checkMaterial } from "./material.ts";

/** Files in PEM with which the xDS port speaks TLS. They are watched. */
export interface ServerTlsFiles {
  readonly cert: string;
  readonly key: string;
  /** The authorities of clients' certificates, which fleets choose by and may require. By default none is asked for. */
  readonly clientCa?: string | undefined;
}

/** The options of a server's TLS as files say them. Throws a ChanceryError with the code `tls-files`. */
export async function readServerTls(files: ServerTlsFiles, cwd: string): Promise<TlsOptions> {
  return toTls(files, await readTexts(files, cwd));
}

interface Texts {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

async function readTexts(files: ServerTlsFiles, cwd: string): Promise<Texts> {
  return {
    cert: await read(files.cert, cwd),
    key: await read(files.key, cwd),
    ca: files.clientCa === undefined ? undefined : await read(files.clientCa, cwd),
  };
}

function toTls(files: ServerTlsFiles, { cert, key, ca }: Texts): TlsOptions {
  const problems = [
    ...checkMaterial("certificate", { cert, key }, new Date()),
    ...(ca === undefined ? [] : checkMaterial("ca", { ca }, new Date())),
  ].filter(({ severity }) => severity === "error");
  const [problem] = problems;
  if (problem !== undefined) throw failure(fileOf(problem.path, files), formatProblem({ ...problem, path: "" }));
  // Who has none is refused by fleets that require one, and by no others.
  return { cert, key, ...(ca !== undefined && { ca, requestCert: true, rejectUnauthorized: false }) };
}

function fileOf(field: string, { cert, key, clientCa }: ServerTlsFiles): string {
  return { cert, key, ca: clientCa }[field] ?? cert;
}

async function read(file: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), "utf8");
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw failure(file, cause.code === "ENOENT" ? "there is no such file" : cause.message, cause);
  }
}

function failure(file: string, reason: string, cause?: unknown): ChanceryError {
  return new ChanceryError("tls-files", `Cannot speak TLS with "${file}": ${reason}`, { cause });
}

export interface FollowServerTls {
  readonly cwd: string;
  /** What the server began with. */
  readonly current: TlsOptions;
  readonly log: Logger;
  readonly onChange: (tls: TlsOptions) => void;
  /** How long it must be quiet after a change before files are read, in ms; 100 by default. */
  readonly settleMs?: number;
  /** How long after the first change to wait for quiet at most, in ms; 1000 by default. */
  readonly maxSettleMs?: number;
  /** How often to look where the system cannot watch a directory, in ms; 10,000 by default. */
  readonly pollMs?: number;
}

/** Hands over what the files say after each change. What is wrong is logged once while it stays so, and changes nothing. */
export function followServerTls(
  files: ServerTlsFiles,
  { cwd, current, log, onChange, settleMs = 100, maxSettleMs = 1000, pollMs = 10_000 }: FollowServerTls,
): AsyncDisposable {
  const controller = new AbortController();
  const { signal } = controller;
  const changes = new Changes();
  const watch = new DirectoryWatch(() => changes.notify(), { pollMs });
  const paths = [files.cert, files.key, files.clientCa].filter((path) => path !== undefined);
  const ended = (async () => {
    let last = JSON.stringify(current);
    let lastWrong: string | undefined;
    while (!signal.aborted) {
      for (const path of paths) await watchWayTo(resolve(cwd, path), watch);
      watch.prune();
      let texts: Texts | undefined;
      try {
        texts = await readTexts(files, cwd);
        const tls = toTls(files, texts);
        lastWrong = undefined;
        if (JSON.stringify(tls) !== last) {
          last = JSON.stringify(tls);
          onChange(tls);
          log.info({ files }, `The xDS port has a new certificate, from "${files.cert}"`);
        }
      } catch (err) {
        if (!(err instanceof ChanceryError)) throw err;
        const wrong = JSON.stringify([err.message, texts]);
        if (wrong !== lastWrong)
          log.error({ err, files }, `${err.message}; the xDS port keeps the certificate that it has`);
        lastWrong = wrong;
      }
      // A pair is written one file after the other.
      await changes.settled({ settleMs, maxSettleMs, recheckMs: undefined, signal });
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      controller.abort();
      watch[Symbol.dispose]();
      await ended;
    },
  };
}
