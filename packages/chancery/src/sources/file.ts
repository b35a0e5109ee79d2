import { sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { LocatedProblem } from "../documents/document.ts";
import { KeyedList } from "../keyed-list.ts";
import { changedFiles, mayBeHalf } from "./changed-files.ts";
import { Changes } from "./changes.ts";
import { DirectoryWatch, type How, unwatchedProblems } from "./directory-watch.ts";
import { type FileState, type Moment, nextFileState } from "./file-state.ts";
import { type FileText, TextReader } from "./file-text.ts";
import { readTree, type Tree } from "./file-tree.ts";
import type { Source, SourceState } from "./source.ts";

export interface FileSourceOptions {
  /** Files, or folders of `.yaml`, `.yml` and `.json` files. */
  readonly paths: readonly string[];
  /** What relative paths start from; the process's own by default. */
  readonly cwd?: string;
  /** How long it must be quiet after a change before files are read; 10 by default. */
  readonly settleMs?: number;
  /** How long it must be quiet before files that were moved to their places are read ahead of that; 2 by default. */
  readonly lullMs?: number;
  /** How long after the first change to wait for quiet at most; 100 by default. */
  readonly maxSettleMs?: number;
  /** How long a file must be gone, broken or shorter before that is believed; 100 by default. */
  readonly doubtMs?: number;
  /** The same for a file that seems to be written just now: it ends within a line, or where it went on before; 3000 by default. */
  readonly cutMs?: number;
  /** How often to look where the system cannot watch a directory; 1000 by default. */
  readonly pollMs?: number;
}

/** Reads documents from files, and again whenever these change, however they are written. */
export function fileSource(options: FileSourceOptions): Source {
  return { kind: "file", watch: (signal) => watchFiles(options, signal) };
}

async function* watchFiles(options: FileSourceOptions, signal: AbortSignal): AsyncGenerator<SourceState> {
  const { settleMs = 10, maxSettleMs = 100, lullMs = 2 } = options;
  const changes = new Changes();
  let heard: Heard = nothingHeard();
  const hear = (path: string | undefined, how: How) => {
    heard.paths.add(path);
    if (how === "written") heard.written.add(path);
    changes.notify();
  };
  using watch = new DirectoryWatch(hear, options);
  const look = (last?: Seen): Promise<Seen> => {
    const { paths } = heard;
    heard = nothingHeard();
    return lookAt(paths, last, { ...options, watch });
  };
  let seen = await look();
  let last: SourceState | undefined = seen.state;
  yield last;
  while (!signal.aborted) {
    const recheckMs = doubtEndsInMs(seen.files);
    const lull = Promise.withResolvers<void>();
    const settled = changes.settled({ settleMs, maxSettleMs, recheckMs, signal, lullMs, onLull: lull.resolve });
    await Promise.race([lull.promise, settled]);
    // What was moved into its place is whole, and mostly nothing more comes.
    if (heard.paths.size > 0 && !mayBeHalf(heard.written, seen.tree)) {
      const { paths } = heard;
      const ahead = await look(seen);
      const isSettled = settled.then(() => heard.paths.size === 0 && !signal.aborted);
      const isNew = last === undefined || differs(ahead.state, last);
      if (isNew) yield { ...ahead.state, isSettled };
      if (await isSettled) {
        seen = ahead;
        last = ahead.state;
        continue;
      }
      if (isNew) last = undefined;
      for (const path of paths) heard.paths.add(path);
    }
    await settled;
    if (signal.aborted) return;
    seen = await look(seen);
    if (last === undefined || differs(seen.state, last)) {
      last = seen.state;
      yield last;
    }
  }
}

/** The paths that changed since it was looked, and those among them that may have been written in place. */
interface Heard {
  readonly paths: Set<string | undefined>;
  readonly written: Set<string | undefined>;
}

function nothingHeard(): Heard {
  return { paths: new Set(), written: new Set() };
}

/** What there was at one time. */
interface Seen {
  readonly tree: Tree;
  readonly files: Files;
  readonly state: SourceState;
}

async function lookAt(
  heard: ReadonlySet<string | undefined>,
  last: Seen | undefined,
  options: FileSourceOptions & { readonly watch: DirectoryWatch },
): Promise<Seen> {
  const { paths, cwd = process.cwd(), doubtMs = 100, cutMs = 3000, watch } = options;
  const patience = { doubtMs, cutMs };
  const changed = last && (doubtfulFiles(heard, last) ?? (await changedFiles(heard, last.tree)));
  const isKnown = last !== undefined && changed !== undefined;
  const tree = isKnown ? last.tree : await readTree(paths, { cwd, watch });
  const files = isKnown
    ? await rereadFiles(changed, last.files, patience)
    : await readFiles(tree, last?.files ?? KeyedList.from([]), patience);
  return { tree, files, state: toState(tree, files, watch.unwatched) };
}

/** By absolute path, in the order of the tree. */
type Files = KeyedList<{ readonly origin: string; readonly state: FileState }>;

type Patience = Pick<Moment, "doubtMs" | "cutMs">;

async function readFiles(tree: Tree, last: Files, patience: Patience): Promise<Files> {
  const files = new Map<string, { origin: string; state: FileState }>();
  const order = orderOf(tree, last);
  for (let start = 0; start < order.length; start += maxReadsAtATime) {
    const paths = order.slice(start, start + maxReadsAtATime);
    const reader = new TextReader();
    const reads = await Promise.all(
      paths.map((path) => (tree.files.has(path) ? reader.read(path, last.get(path)?.state.stamp) : gone)),
    );
    for (const [index, path] of paths.entries()) {
      const before = last.get(path);
      const read = reads[index] ?? gone;
      const origin = tree.files.get(path) ?? before?.origin ?? path;
      if (before !== undefined && isUnlisted(path, tree)) {
        files.set(path, before);
        continue;
      }
      const state = nextFileState(before?.state, read, { origin, nowMs: performance.now(), ...patience });
      if (state !== undefined) files.set(path, { origin, state });
    }
    await setImmediate();
  }
  return KeyedList.from(files, last);
}

const gone: FileText = { kind: "gone" };

/** A slow disk is asked for several files at once; more would only wait. Whatever else there is has a turn after them. */
const maxReadsAtATime = 32;

/** The same for some of the files, where the tree is as it was. */
async function rereadFiles(changed: readonly string[], last: Files, patience: Patience): Promise<Files> {
  const reader = new TextReader();
  const removed = new Set<string>();
  const reread = new Map<string, { readonly origin: string; readonly state: FileState }>();
  for (const path of changed) {
    const before = last.get(path);
    if (before === undefined) continue;
    const { origin } = before;
    const read = await reader.read(path, before.state.stamp);
    const state = nextFileState(before.state, read, { origin, nowMs: performance.now(), ...patience });
    if (state === undefined) removed.add(path);
    else reread.set(path, { origin, state });
  }
  const files = last.with(reread);
  return removed.size === 0 ? files : KeyedList.from([...files].filter(([path]) => !removed.has(path)));
}

/** The files of the tree, and those that were there before in their old places: order decides who wins. */
function orderOf(tree: Tree, last: Files): string[] {
  const order = [...tree.files.keys()];
  let previous = "";
  for (const path of last.keys()) {
    if (!tree.files.has(path)) order.splice(order.indexOf(previous) + 1, 0, path);
    previous = path;
  }
  return order;
}

function isUnlisted(path: string, tree: Tree): boolean {
  return !tree.files.has(path) && [...tree.unlisted.keys()].some((folder) => path.startsWith(folder + sep));
}

/** Nothing was heard, and the time has come to look again at files that were in doubt. */
function doubtfulFiles(heard: ReadonlySet<string | undefined>, { tree, files }: Seen): string[] | undefined {
  if (heard.size > 0) return undefined;
  const doubtful = [...files].flatMap(([path, { state }]) => (state.doubt === undefined ? [] : [path]));
  return doubtful.length > 0 && doubtful.every((path) => tree.files.has(path)) ? doubtful : undefined;
}

function doubtEndsInMs(files: Files): number | undefined {
  const ends = [...files.values()].flatMap(({ state: { doubt } }) => (doubt ? doubt.sinceMs + doubt.forMs : []));
  return ends.length === 0 ? undefined : Math.max(1, Math.min(...ends) - performance.now() + 1);
}

function toState(tree: Tree, files: Files, unwatched: ReadonlyMap<string, string>): SourceState {
  const states = [...files.values()].map((file) => file.state);
  return {
    documents: states.flatMap((state) => state.documents),
    problems: [
      ...tree.missing.map((origin) => toWarning(origin, "path-missing", "is not there; waiting for it to appear")),
      // Nobody knows what is missing.
      ...[...tree.unlisted].map(([origin, why]): LocatedProblem => {
        return { ...toWarning(origin, "folder-unreadable", `cannot be listed: ${why}`), severity: "error" };
      }),
      ...unwatchedProblems(unwatched),
      ...states.flatMap((state) => state.problems),
    ],
  };
}

function toWarning(origin: string, code: string, message: string): LocatedProblem {
  return { path: "", message, severity: "warning", code, origin };
}

function differs(a: SourceState, b: SourceState): boolean {
  return (
    a.documents.length !== b.documents.length ||
    a.documents.some((document, index) => document !== b.documents[index]) ||
    a.problems.length !== b.problems.length ||
    a.problems.some((problem, index) => !isSameProblem(problem, b.problems[index]))
  );
}

function isSameProblem(a: LocatedProblem, b: LocatedProblem | undefined): boolean {
  return a === b || (a.origin === b?.origin && a.message === b.message && a.position === b.position);
}
