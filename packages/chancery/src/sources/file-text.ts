import { open } from "node:fs/promises";
import { isSystemError } from "../errors.ts";

export type FileText =
  | { readonly kind: "text"; readonly text: string; readonly stamp: string }
  | { readonly kind: "same" }
  | { readonly kind: "gone" }
  | { readonly kind: "unreadable"; readonly why: string; readonly stamp: string };

/** Two writes within this time may leave a file with the same stamp, so a stamp this fresh proves nothing. */
const stampGrainMs = 50;

/** Reads a file unless its stamp (which file, size, time of change) says that it is the one read before. */
export async function readText(path: string, lastStamp: string | undefined): Promise<FileText> {
  try {
    await using file = await open(path);
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) return unreadable("it is not a file");
    const isFresh = Date.now() - Number(stats.ctimeMs) < stampGrainMs;
    // Freshness is part of the stamp: the first look at it later on reads once more.
    const stamp = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs, isFresh].join(":");
    if (stamp === lastStamp && !isFresh) return { kind: "same" };
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(await file.readFile()), stamp };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(error.code)) return { kind: "gone" };
    return unreadable(error.code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "it is not UTF-8 text" : error.message);
  }
}

/** Whether two stamps are of one file, rather than of two that had the name one after the other. */
export function isSameFile(stamp: string, other: string | undefined): boolean {
  const identity = (text: string) => text.split(":", 2).join(":");
  return other !== undefined && identity(stamp) === identity(other);
}

function unreadable(why: string): FileText {
  return { kind: "unreadable", why, stamp: why };
}
