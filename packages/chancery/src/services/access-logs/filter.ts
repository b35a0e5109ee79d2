import { matchesGlob } from "../../glob.ts";
import { matchesDuration, toMs } from "../../model/duration.ts";
import { toLogMessage } from "./message.ts";
import { entryKinds, type LogRecord } from "./record.ts";

type Matches = (record: LogRecord) => boolean;

interface Filter {
  /** How its value is called in help, such as `GLOB`. */
  readonly value: string;
  readonly help: string;
  /** Undefined if the text cannot be read. */
  read(text: string, nowMs: number): Matches | undefined;
  /** What a text would have to be. */
  readonly form: string;
}

/** The ways to choose entries, by name: members of a query, and options of the command. Cheap ones first. */
export const logFilters = {
  since: time("Only what came since then: a time, or how long ago, such as 5m", (at, ms) => at >= ms),
  until: time("Only what came before then", (at, ms) => at < ms),
  node: glob("The id of the node", ({ source }) => source.node),
  cluster: glob("The cluster of the node", ({ source }) => source.cluster),
  log: glob("The name of the log", ({ source }) => source.log),
  kind: list("KIND,…", `Only these: ${entryKinds.join(", ")}`, entryKinds, ({ entry }) => entry.kind),
  final: {
    value: "true|false",
    help: "Only the ends of requests and connections, or only what came before their end",
    form: "true or false",
    read: (text) => (text === "true" || text === "false" ? ({ entry }) => String(entry.isFinal) === text : undefined),
  },
  status: {
    value: "STATUS,…",
    help: "Only these: 404, 5xx or 400-499; 0 is no response",
    form: "a status such as 404, a class such as 5xx, or a range such as 400-499",
    read: readStatuses,
  },
  method: list("METHOD,…", "Only these, such as GET,HEAD", undefined, ({ entry }) => entry.method),
  route: glob("The name of the route", ({ entry }) => entry.routeName),
  service: glob("The upstream cluster", ({ entry }) => entry.upstreamCluster),
  "min-duration": {
    value: "DURATION",
    help: "Only what took that long, such as 250ms",
    form: "a duration such as 250ms or 1.5s",
    read(text) {
      if (!matchesDuration(text)) return undefined;
      const leastMs = toMs(text);
      return ({ entry }) => (entry.durationMs ?? -1) >= leastMs;
    },
  },
  flag: {
    value: "FLAG,…",
    help: "Only with one of these response flags, such as UF,UH; * is any",
    form: "flags such as UF",
    read(text) {
      const wanted = toWords(text.toUpperCase());
      return ({ entry }) => entry.flags.some(({ flag }) => wanted.includes(flag) || wanted.includes("*"));
    },
  },
  path: {
    value: "PREFIX",
    help: "Only paths that begin so",
    form: "the beginning of a path",
    read:
      (text) =>
      ({ entry }) =>
        entry.path.startsWith(text),
  },
  authority: glob("The host that was asked for", ({ entry }) => entry.authority),
  request: exact("The id of the request", ({ entry }) => entry.requestId),
  trace: exact("The id of the trace", ({ entry }) => entry.traceId),
  text: {
    value: "TEXT",
    help: "Only what has this text anywhere, in upper or lower case",
    form: "any text",
    read(text) {
      const wanted = text.toLowerCase();
      // What is hidden must not be found either, or else it could be guessed letter by letter.
      return (record) => saysAnywhere(toLogMessage(record), wanted);
    },
  },
} as const satisfies Readonly<Record<string, Filter>>;

export type LogFilterName = keyof typeof logFilters;
export type LogQuery = { readonly [Name in LogFilterName]?: string | undefined };

export type ReadLogQuery =
  | { readonly ok: true; matches(record: LogRecord): boolean }
  | { readonly ok: false; readonly problems: readonly { readonly path: string; readonly message: string }[] };

/** Reads which entries are wanted: those that every filter lets through. */
export function readLogQuery(query: LogQuery, nowMs: number): ReadLogQuery {
  const all: Matches[] = [];
  const problems: { path: string; message: string }[] = [];
  for (const [path, { read, form }] of Object.entries<Filter>(logFilters)) {
    // Its names are those of the table.
    const text = query[path as LogFilterName];
    if (text === undefined) continue;
    const matches = read(text, nowMs);
    if (matches === undefined) problems.push({ path, message: `"${text}" would have to be ${form}` });
    else all.push(matches);
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, matches: (record) => all.every((matches) => matches(record)) };
}

function glob(what: string, textOf: (record: LogRecord) => string): Filter {
  return {
    value: "GLOB",
    help: `${what}; * stands for any characters`,
    form: "a text, in which * stands for any characters",
    read: (text) => (record) => matchesGlob(textOf(record), text),
  };
}

function exact(what: string, textOf: (record: LogRecord) => string): Filter {
  return { value: "ID", help: what, form: "an id", read: (text) => (record) => textOf(record) === text };
}

function list(
  value: string,
  help: string,
  known: readonly string[] | undefined,
  textOf: (record: LogRecord) => string,
): Filter {
  return {
    value,
    help,
    form: known === undefined ? "words with commas between them" : `one or more of ${known.join(", ")}`,
    read(text) {
      const words = toWords(text);
      if (known !== undefined && words.some((word) => !known.includes(word))) return undefined;
      return (record) => words.includes(textOf(record));
    },
  };
}

function time(help: string, compare: (atMs: number, ms: number) => boolean): Filter {
  return {
    value: "TIME",
    help,
    form: "a time such as 2026-11-21T11:37:15Z, or how long ago, such as 5m",
    read(text, nowMs) {
      const ms = matchesDuration(text) ? nowMs - toMs(text) : Date.parse(text);
      return Number.isNaN(ms) ? undefined : ({ receivedMs }) => compare(receivedMs, ms);
    },
  };
}

function readStatuses(text: string): Matches | undefined {
  const ranges: [low: number, high: number][] = [];
  for (const word of toWords(text)) {
    const [, digit, low, high = low] = /^(?:([1-9])xx|(\d{1,3})(?:-(\d{1,3}))?)$/i.exec(word) ?? [];
    if (digit !== undefined) ranges.push([Number(digit) * 100, Number(digit) * 100 + 99]);
    else if (low !== undefined) ranges.push([Number(low), Number(high)]);
    else return undefined;
  }
  return ({ entry }) => ranges.some(([low, high]) => low <= entry.status && entry.status <= high);
}

function toWords(text: string): readonly string[] {
  return text.split(",").map((word) => word.trim());
}

function saysAnywhere(value: unknown, wanted: string): boolean {
  if (typeof value === "string") return value.toLowerCase().includes(wanted);
  if (typeof value === "number") return String(value) === wanted;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((member) => saysAnywhere(member, wanted));
}
