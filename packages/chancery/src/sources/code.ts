import { dirname, join, relative, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Worker } from "node:worker_threads";
import type { Document, LocatedProblem, Position } from "../documents/document.ts";
import { hasEscapedHalf } from "../documents/unusable.ts";
import { Changes } from "./changes.ts";
import type { CodePlaces } from "./code-places.ts";
import type { CodeMessage, CodeResult, CodeWorkerData } from "./code-worker.ts";
import { DirectoryWatch, unwatchedProblems } from "./directory-watch.ts";
import { isInstalled } from "./installed.ts";
import { watchWayTo } from "./link-path.ts";
import type { Source, SourceState } from "./source.ts";

export interface CodeSourceOptions {
  /** TypeScript or JavaScript modules whose default export is a model, or a function that returns one. */
  readonly paths: readonly string[];
  /** What relative paths start from; the process's own by default. */
  readonly cwd?: string;
  /** How long it must be quiet after a change before the code runs again, in ms; 10 by default. */
  readonly settleMs?: number;
  /** How long after the first change to wait for quiet at most, in ms; 100 by default. */
  readonly maxSettleMs?: number;
  /** How long the code may run, in ms; 10,000 by default. */
  readonly timeoutMs?: number;
  /** How often the code runs where the system cannot watch a directory that it is in, in ms; 5000 by default. */
  readonly pollMs?: number;
}

/**
 * Runs configuration that is code, and again whenever one of the modules that it is made of changes. Code that reads files
 * by itself is run again whatever changes in the folders of its modules.
 */
export function codeSource(options: CodeSourceOptions): Source {
  return { kind: "code", watch: (signal) => watchCode(options, signal) };
}

/** Whether a path names configuration that is code. */
export function isCode(path: string): boolean {
  return /\.[cm]?[jt]s$/.test(path);
}

async function* watchCode(options: CodeSourceOptions, signal: AbortSignal): AsyncGenerator<SourceState> {
  const { paths, cwd = process.cwd(), settleMs = 10, maxSettleMs = 100, timeoutMs = 10_000, pollMs = 5000 } = options;
  const changes = new Changes();
  using watch = new DirectoryWatch(() => changes.notify(), { pollMs });
  let modules: readonly Module[] = paths.map((path) => ({
    origin: path,
    path: resolve(cwd, path),
    files: [],
    mayReadMore: false,
    problems: [],
  }));
  let last: SourceState | undefined;
  while (!signal.aborted) {
    // Watched before they are read, so that no change falls between: one after the other, whoever asks.
    let watched: Promise<unknown> = Promise.resolve();
    const watchFirst = (file: string) => {
      watched = watched.then(() => watchFile(file, watch));
      return watched;
    };
    for (const { path } of modules) await watchFirst(path);
    modules = await Promise.all(modules.map((module) => runModule(module, { timeoutMs, cwd, watchFirst })));
    await watched;
    const { opened } = watch;
    for (const module of modules) await watchModule(module, watch);
    watch.prune();
    // What is in a folder that was not watched until now, such as one of links, may have changed since it was read.
    if (watch.opened > opened) changes.notify();
    const state = toState(modules, watch.unwatched);
    if (last === undefined || !isDeepStrictEqual(state, last)) {
      last = state;
      yield state;
    }
    await changes.settled({ settleMs, maxSettleMs, recheckMs: undefined, signal });
  }
}

/** Watches all that decides what a module says. */
async function watchModule({ path, files, mayReadMore }: Module, watch: DirectoryWatch): Promise<void> {
  for (const file of [path, ...files]) {
    await watchFile(file, watch);
    if (mayReadMore) await watch.add(dirname(file));
  }
}

async function watchFile(file: string, watch: DirectoryWatch): Promise<void> {
  await watchWayTo(file, watch);
  for (const name of packageFiles) await watch.addEntry(join(dirname(file), name));
}

/** What changes beside code when other packages are installed, or when it is to be read in another way. */
const packageFiles = [
  "package.json",
  "node_modules",
  ...["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"],
];

/** One configuration that is code, and what came of it. */
interface Module {
  /** As the user wrote it. */
  readonly origin: string;
  readonly path: string;
  /** What it was made of when it last ran. */
  readonly files: readonly string[];
  /** Whether it may read other files too. */
  readonly mayReadMore: boolean;
  /** The last good one. */
  readonly document?: Document;
  /** What it was made of, as text. */
  readonly text?: string;
  readonly problems: readonly LocatedProblem[];
}

interface RunOptions {
  readonly timeoutMs: number;
  readonly cwd: string;
  /** Watches what decides what a file says, before it is read. */
  readonly watchFirst: (file: string) => Promise<unknown>;
}

async function runModule(module: Module, options: RunOptions): Promise<Module> {
  const result = await runInThread(module.path, options);
  const files = result.files.filter((file) => !isInstalled(file));
  const { mayReadMore } = result;
  if (!result.ok)
    return {
      ...module,
      files: files.length > 0 ? files : module.files,
      mayReadMore,
      problems: [toProblem(module, result, options.cwd)],
    };
  const { origin } = module;
  const { content, places } = result;
  const text = JSON.stringify([content, places]);
  const document =
    text === module.text && module.document
      ? module.document
      : { origin, content, mayHaveHalves: hasEscapedHalf(text), positions: () => findPlace(places) };
  return { ...module, files, mayReadMore, document, text, problems: [] };
}

/** The place of a path, or of the smallest part of its object that has one: whatever else has a part in it may be anywhere. */
function findPlace(places: CodePlaces): (path: string) => Position | undefined {
  return (path) => {
    for (let at = path; at !== ""; at = at.replace(lastPart, "")) if (Object.hasOwn(places, at)) return places[at];
    return undefined;
  };
}

const lastPart = /(?:\.?[\w-]+|\[\d+\]|\["(?:[^"\\]|\\.)*"\]|.)$/s;

/** Runs a module in a thread that ends with it, or after the time it has. */
async function runInThread(path: string, { timeoutMs, watchFirst }: RunOptions): Promise<CodeResult> {
  const extension = import.meta.filename.endsWith(".ts") ? "ts" : "js";
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: CodeWorkerData = { path, gate };
  const worker = new Worker(new URL(`./code-worker.${extension}`, import.meta.url), { workerData });
  const { promise, resolve } = Promise.withResolvers<CodeResult>();
  // Nobody knows what it is made of.
  const fail = (message: string) => resolve({ ok: false, message, stack: "", files: [], mayReadMore: true });
  const timer = setTimeout(() => fail(`it did not end within ${timeoutMs / 1000} s`), timeoutMs);
  worker.on("message", async (message: CodeMessage) => {
    if (message.kind === "result") return resolve(message.result);
    await watchFirst(message.file);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  });
  worker.once("error", (error) => fail(error instanceof Error ? error.message : String(error)));
  worker.once("exit", (code) => fail(`it ended the thread it ran in, with exit code ${code}`));
  const result = await promise;
  clearTimeout(timer);
  await worker.terminate();
  return result;
}

function toState(modules: readonly Module[], unwatched: ReadonlyMap<string, string>): SourceState {
  return {
    documents: modules.flatMap(({ document }) => document ?? []),
    problems: [...unwatchedProblems(unwatched), ...modules.flatMap(({ problems }) => problems)],
  };
}

/** The place that a stack names first, if it is in one of the files. */
function toProblem({ origin }: Module, result: Extract<CodeResult, { ok: false }>, cwd: string): LocatedProblem {
  const message = `cannot be run: ${result.message}; what it last said stays`;
  const problem = { path: "", message, severity: "error", code: "code-failed" } as const;
  for (const [, file = "", line, column] of result.stack.matchAll(/(?:file:\/\/)?(\/[^():\n]+):(\d+):(\d+)/g)) {
    if (!result.files.includes(file) || isInstalled(file)) continue;
    return { ...problem, origin: relative(cwd, file), position: { line: Number(line), column: Number(column) } };
  }
  return { ...problem, origin };
}
