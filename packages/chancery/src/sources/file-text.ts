import { closeSync, fstatSync, open, read } from "node:fs";
import { promisify } from "node:util";
import { isSystemError } from "../errors.ts";
import { release } from "../release.ts";

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
    const file = await openFile(path, "r");
    try {
      return await readOpen(file, lastStamp);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(error.code)) return { kind: "gone" };
    return unreadable(error.code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "it is not UTF-8 text" : error.message);
  }
}

// Folders have thousands of files. What may wait for a disk is not waited for; the rest takes less time than to ask for it
// and to be told.
const openFile = promisify(open);
const readFrom = promisify(read);

async function readOpen(file: number, lastStamp: string | undefined): Promise<FileText> {
  const stats = fstatSync(file, { bigint: true });
  if (!stats.isFile()) return unreadable("it is not a file");
  const isFresh = Date.now() - Number(stats.ctimeMs) < stampGrainMs;
  // Freshness is part of the stamp: the first look at it later on reads once more.
  const stamp = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs, isFresh].join(":");
  if (stamp === lastStamp && !isFresh) return { kind: "same" };
  const bytes = await readAll(file, Number(stats.size));
  const text = utf8.decode(bytes);
  release(bytes);
  return { kind: "text", text, stamp };
}

/** Reads a file to its end, which is further on than it was if it has grown. */
async function readAll(file: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await readFrom(file, bytes, length, bytes.length - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length === size) return bytes.subarray(0, length);
    if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.allocUnsafe(length)]);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Whether two stamps are of one file, rather than of two that had the name one after the other. */
export function isSameFile(stamp: string, other: string | undefined): boolean {
  const identity = (text: string) => text.split(":", 2).join(":");
  return other !== undefined && identity(stamp) === identity(other);
}

function unreadable(why: string): FileText {
  return { kind: "unreadable", why, stamp: why };
}
