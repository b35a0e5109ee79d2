import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes one file after the other to a folder, without a pause, until it is disposed of. */
export function keepWriting(folder: string): AsyncDisposable {
  let isDone = false;
  const ended = (async () => {
    for (let i = 0; !isDone; i = (i + 1) % 100) await writeFile(join(folder, `${i}.log`), "x");
  })();
  return {
    async [Symbol.asyncDispose]() {
      isDone = true;
      await ended;
    },
  };
}
