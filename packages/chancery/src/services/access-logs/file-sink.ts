import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { isSystemError } from "../../errors.ts";
import type { Logger } from "../../logs.ts";
import { inSpareTurns } from "../../spare-turns.ts";
import { escapeJsonLines } from "../../text-safety.ts";
import { toLogMessage } from "./message.ts";
import type { LogRecord } from "./record.ts";
import { type Sink, SinkQueue } from "./sink.ts";

export interface FileSinkOptions {
  /** Where the newest lines are; older ones are in files with `.1`, `.2` and so on added. */
  readonly path: string;
  /** Size at which a file is put aside, in bytes. Default: 100 MiB. */
  readonly maxBytes?: number;
  /** Files in all, the newest included; the oldest goes. Default: 5. */
  readonly maxFiles?: number;
}

/** Written together. */
const maxBatch = 200;

/** Lines of JSON in a file that is put aside when it is full. It is made anew when somebody moves or removes it. */
export function fileSink(options: FileSinkOptions, log: Logger): Sink {
  const { path, maxBytes = 100 * 1024 * 1024, maxFiles = 5 } = options;
  let file: OpenFile | undefined;
  let failing = false;

  const writeBatch = async (batch: readonly LogRecord[]): Promise<number> => {
    const lines = await inSpareTurns(toLines(batch));
    const bytes = Buffer.from(lines.join(""));
    let written = 0;
    try {
      file = await isThere(path, file);
      if (file.size > 0 && file.size + bytes.length > maxBytes) {
        await file.handle.close();
        file = undefined;
        await putAside(path, maxFiles);
        file = await openFile(path);
      }
      await append(file, bytes).catch(async (error: unknown) => {
        written = file === undefined ? 0 : await keepWhole(file, lines);
        throw error;
      });
      if (failing) log.info({ path }, `The access log is written to "${path}" again`);
      failing = false;
      return batch.length;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (!failing) log.error({ err: error, path }, `Cannot write the access log to "${path}": entries are lost`);
      failing = true;
      await file?.handle.close().catch(() => {});
      file = undefined;
      return written;
    }
  };

  // Whoever has misspelled the path is told at once, not when the first entry is lost.
  const opened = writeBatch([]);
  const write = async (batch: readonly LogRecord[]): Promise<number> => {
    await opened;
    return await writeBatch(batch);
  };
  const queue = new SinkQueue({ maxQueued: 20_000, maxBatch, write });
  return {
    name: "file",
    get stats() {
      return queue.stats;
    },
    put: (record) => queue.put(record),
    async close() {
      await opened;
      await queue.drain();
      await file?.handle.close();
    },
  };
}

function* toLines(batch: readonly LogRecord[]): Generator<undefined, readonly string[]> {
  const lines: string[] = [];
  for (const record of batch) {
    lines.push(`${escapeJsonLines(JSON.stringify(toLogMessage(record)))}\n`);
    yield;
  }
  return lines;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly inode: number;
  size: number;
}

async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path, "a", 0o640);
  const { ino, size } = await handle.stat();
  const file = { handle, inode: ino, size };
  // Whoever wrote to it before may have ended within a line.
  if (size > 0 && !(await endsLine(path, size))) await append(file, Buffer.from("\n"));
  return file;
}

async function endsLine(path: string, size: number): Promise<boolean> {
  const handle = await open(path, "r");
  try {
    const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: size - 1 });
    return buffer.toString() === "\n";
  } finally {
    await handle.close();
  }
}

async function append(file: OpenFile, bytes: Buffer): Promise<void> {
  await file.handle.appendFile(bytes);
  file.size += bytes.length;
}

/** After a write that failed: takes away the line that is there only in part, and says how many are there whole. */
async function keepWhole(file: OpenFile, lines: readonly string[]): Promise<number> {
  const { size } = await file.handle.stat();
  let count = 0;
  for (const line of lines) {
    const end = file.size + Buffer.byteLength(line);
    if (end > size) break;
    file.size = end;
    count++;
  }
  // If it cannot be taken away, the next one to open the file ends it.
  if (file.size < size) await file.handle.truncate(file.size).catch(() => {});
  return count;
}

/** The file at the path: another than before if that was moved away, or removed. */
async function isThere(path: string, file: OpenFile | undefined): Promise<OpenFile> {
  if (file === undefined) return await openFile(path);
  const inode = await stat(path).then(
    ({ ino }) => ino,
    () => undefined,
  );
  if (inode === file.inode) return file;
  await file.handle.close();
  return await openFile(path);
}

async function putAside(path: string, maxFiles: number): Promise<void> {
  // With one file in all there is nothing to put aside.
  if (maxFiles <= 1) await rm(path, { force: true });
  const nameOf = (index: number): string => (index === 0 ? path : `${path}.${index}`);
  for (let index = maxFiles - 2; index >= 0; index--) await renameIfThere(nameOf(index), nameOf(index + 1));
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if (!isSystemError(error) || error.code !== "ENOENT") throw error;
  });
}
