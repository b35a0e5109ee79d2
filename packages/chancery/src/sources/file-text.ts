import { closeSync, constants, fstatSync, open, openSync, read, readFileSync } from "node:fs";
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

export interface TextReaderOptions {
  /** The time in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
}

/**
 * Reads some files, unless their stamps (which file, size, time of change) say that they are those read before. Folders
 * have thousands of them, and mostly the system has them in memory: to read one then takes half of the time that it takes
 * to ask for it and to be told. Once one took long, the others may wait for a disk too, and are not waited for.
 */
export class TextReader {
  readonly #now: () => number;
  #isSlow = false;

  constructor({ now = () => performance.now() }: TextReaderOptions = {}) {
    this.#now = now;
  }

  read(path: string, lastStamp: string | undefined): FileText | Promise<FileText> {
    if (this.#isSlow) return readLater(path, lastStamp);
    const startMs = this.#now();
    const text = readNow(path, lastStamp);
    this.#isSlow = this.#now() - startMs > longMs;
    return text;
  }
}

/** More than to read a file takes that is in memory. */
const longMs = 2;

function readNow(path: string, lastStamp: string | undefined): FileText {
  try {
    const file = openSync(path, flags);
    try {
      const seen = lookAt(file, lastStamp);
      return seen.kind === "new" ? toText(readFileSync(file), seen.stamp) : seen;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return toFailure(error);
  }
}

async function readLater(path: string, lastStamp: string | undefined): Promise<FileText> {
  try {
    const file = await openFile(path, flags);
    try {
      const seen = lookAt(file, lastStamp);
      return seen.kind === "new" ? toText(await readAll(file, seen.size), seen.stamp) : seen;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return toFailure(error);
  }
}

/** Whatever has the name by now, to open it does not wait, as it would for a pipe that nobody writes to. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const openFile = promisify(open);
const readFrom = promisify(read);

type Seen = FileText | { readonly kind: "new"; readonly stamp: string; readonly size: number };

/** Whether an open file is to be read. */
function lookAt(file: number, lastStamp: string | undefined): Seen {
  const stats = fstatSync(file, { bigint: true });
  if (!stats.isFile()) return unreadable("it is not a file");
  const isFresh = Date.now() - Number(stats.ctimeMs) < stampGrainMs;
  // Freshness is part of the stamp: the first look at it later on reads once more.
  const stamp = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs, isFresh].join(":");
  if (stamp === lastStamp && !isFresh) return { kind: "same" };
  return { kind: "new", stamp, size: Number(stats.size) };
}

function toText(bytes: Uint8Array<ArrayBuffer>, stamp: string): FileText {
  const text = utf8.decode(bytes);
  release(bytes);
  return { kind: "text", text, stamp };
}

function toFailure(error: unknown): FileText {
  if (!isSystemError(error)) throw error;
  if (["ENOENT", "ENOTDIR", "ELOOP"].includes(error.code)) return { kind: "gone" };
  return unreadable(error.code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "it is not UTF-8 text" : error.message);
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
