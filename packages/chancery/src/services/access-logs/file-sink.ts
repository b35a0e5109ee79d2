import { type FileHandle, open, rename, stat } from "node:fs/promises";
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
    const bytes = Buffer.from(await inSpareTurns(toLines(batch)));
    try {
      file = await isThere(path, file);
      if (file.size > 0 && file.size + bytes.length > maxBytes) {
        await file.handle.close();
        file = undefined;
        await putAside(path, maxFiles);
        file = await openFile(path);
      }
      await file.handle.appendFile(bytes);
      file.size += bytes.length;
      if (failing) log.info({ path }, `The access log is written to "${path}" again`);
      failing = false;
      return batch.length;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (!failing) log.error({ err: error, path }, `Cannot write the access log to "${path}": entries are lost`);
      failing = true;
      await file?.handle.close().catch(() => {});
      file = undefined;
      return 0;
    }
  };

  const queue = new SinkQueue({ maxQueued: 20_000, maxBatch, write: writeBatch });
  return {
    name: "file",
    get stats() {
      return queue.stats;
    },
    put: (record) => queue.put(record),
    async close() {
      await queue.drain();
      await file?.handle.close();
    },
  };
}

function* toLines(batch: readonly LogRecord[]): Generator<undefined, string> {
  let lines = "";
  for (const record of batch) {
    lines += `${escapeJsonLines(JSON.stringify(toLogMessage(record)))}\n`;
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
  return { handle, inode: ino, size };
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
  const nameOf = (index: number): string => (index === 0 ? path : `${path}.${index}`);
  // With one file in all the full one is replaced by the empty one.
  const keep = Math.max(1, maxFiles - 1);
  for (let index = keep - 1; index >= 0; index--) await renameIfThere(nameOf(index), nameOf(index + 1));
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if (!isSystemError(error) || error.code !== "ENOENT") throw error;
  });
}
