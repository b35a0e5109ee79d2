import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** Functions that a crew can run: what they take and return must survive the way between two processes. */
export type Tasks = Readonly<Record<string, (...args: never[]) => unknown>>;

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Runs the functions of a module in a process of its own: time and memory of this one are the server's alone. */
export class Crew<T extends Tasks> {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  constructor(module: URL) {
    this.#process = fork(new URL("crew-main.ts", import.meta.url), [module.href], { serialization: "advanced" });
    this.#process.on("message", ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    this.#process.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the crew has gone"));
    });
  }

  async run<K extends keyof T & string>(name: K, ...args: Parameters<T[K]>): Promise<Awaited<ReturnType<T[K]>>> {
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#process.send({ id, name, args });
    // The other process runs the function of this name.
    return (await waiting.promise) as Awaited<ReturnType<T[K]>>;
  }

  /** Stops the whole process, as it stands: its sockets fill up and nothing answers. */
  freeze(): void {
    this.#process.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exit;
  }
}
