import { Writable } from "node:stream";

/** A stream for logs, and a way to wait until something is in it. */
export function collectLog() {
  let text = "";
  const waiting = new Set<() => void>();
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      for (const look of waiting) look();
      done();
    },
  });
  /** Waits until the log has the words that it did not have when last asked. */
  const has = (words: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!text.includes(JSON.stringify(words).slice(1, -1))) return;
        text = "";
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { stream, has };
}
