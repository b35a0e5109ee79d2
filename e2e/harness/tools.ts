import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheDir } from "../../packages/chancery/src/bootstrap/cache-dir.ts";

/** The machine lacks something. */
export class Missing extends Error {}

const clients = join(import.meta.dirname, "../clients");

/** Builds the Go program in a folder of `clients/` and returns its path; throws a `Missing` if that does not work here. */
export async function buildGo(name: string, { from = clients } = {}): Promise<string> {
  const source = join(from, name);
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum", "main.go"]) hash.update(await readFile(join(source, file)));
  return await keep(`${name}-client-${hash.digest("hex").slice(0, 16)}`, async (path) => {
    await run("go", ["-C", source, "mod", "download"]);
    await promisify(execFile)("go", ["-C", source, "build", "-o", path, "."]);
  });
}

/** Returns the path of what is made once and kept outside of the working tree. */
export async function keep(name: string, make: (path: string) => Promise<void>): Promise<string> {
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

/** Runs a program to its end; throws a `Missing` if it cannot. */
export async function run(program: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(program, args, { timeout: 180_000 });
  } catch (cause) {
    throw new Missing(`"${[program, ...args].join(" ")}" does not work here`, { cause });
  }
}
