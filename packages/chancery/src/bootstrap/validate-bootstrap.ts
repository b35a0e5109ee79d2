import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ChanceryError } from "../errors.ts";
import type { Bootstrap } from "./bootstrap.ts";

/** Has Envoy check a bootstrap without running it: what it says against it, or undefined if it takes it. */
export async function validateBootstrap(
  bootstrap: Bootstrap,
  { binary, signal }: { readonly binary: string; readonly signal?: AbortSignal },
): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-validate-"));
  const file = join(folder, "envoy.json");
  try {
    // It may hold private keys.
    await writeFile(file, JSON.stringify(bootstrap), { mode: 0o600 });
    const args = ["--mode", "validate", "-c", file, "--disable-hot-restart", "-l", "error"];
    await promisify(execFile)(binary, args, { signal });
    return undefined;
  } catch (error) {
    if (signal?.aborted) throw error;
    if (!(error instanceof Error) || !("stderr" in error) || typeof error.stderr !== "string" || !("code" in error)) {
      throw error;
    }
    if (typeof error.code === "string") {
      throw new ChanceryError("envoy-not-started", `Cannot run Envoy "${binary}"`, { cause: error });
    }
    return toReason(error.stderr, file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The last thing that Envoy wrote, without its log's prefix, the file's name, and what it says of it twice. */
function toReason(log: string, path: string): string {
  const lines = log.split("\n").map((line) => line.replace(/^(\[[^\]]*\]\s*)+/, "").trim());
  const [reason = "it says nothing"] = lines.filter((line) => line !== "");
  return reason.replace(`error initializing configuration '${path}':`, "").trim();
}
