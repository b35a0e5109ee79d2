import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheDir } from "../../packages/chancery/src/bootstrap/cache-dir.ts";

/** A command that, with a target after it, calls that over and over and writes a line for each call. */
export type Command = readonly [program: string, ...args: string[]];

/** One of gRPC's own implementations of xDS. */
export interface GrpcClient {
  readonly name: string;
  /** Gets the program ready; throws a `Missing` if the machine lacks what that takes. */
  prepare(): Promise<Command>;
}

/** The machine lacks something. */
export class Missing extends Error {}

const folder = join(import.meta.dirname, "../clients");

export const grpcClients: readonly GrpcClient[] = [
  { name: "grpc-js", prepare: async () => [process.execPath, join(folder, "grpc-js.ts")] },
  { name: "grpc-python", prepare: preparePython },
  { name: "grpc-go", prepare: prepareGo },
];

const grpcio = "grpcio==1.85.1";

async function preparePython(): Promise<Command> {
  const environment = await keep(grpcio, async (path) => {
    await run("python3", ["-m", "venv", path]);
    await run(join(path, "bin/python"), ["-m", "pip", "install", "--quiet", grpcio]);
  });
  return [join(environment, "bin/python"), join(folder, "grpc_python.py")];
}

async function prepareGo(): Promise<Command> {
  const source = join(folder, "grpc-go");
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum", "main.go"]) hash.update(await readFile(join(source, file)));
  const built = await keep(`grpc-go-client-${hash.digest("hex").slice(0, 16)}`, async (path) => {
    await run("go", ["-C", source, "mod", "download"]);
    await promisify(execFile)("go", ["-C", source, "build", "-o", path, "."]);
  });
  return [built];
}

/** Returns the path of what is made once and kept outside of the working tree. */
async function keep(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const cache = join(cacheDir(process.env), "e2e");
  const path = join(cache, name);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, "making-"));
  try {
    await make(join(making, name));
    await rename(join(making, name), path);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return path;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(program, args, { timeout: 180_000 });
  } catch (cause) {
    throw new Missing(`"${[program, ...args].join(" ")}" does not work here`, { cause });
  }
}
