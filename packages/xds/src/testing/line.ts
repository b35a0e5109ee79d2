/** One line of a transcript. */
export type Line =
  | SnapshotLine
  | RequestLine
  | ResponseLine
  | RefusalLine
  | { readonly kind: "nothing" | "reconnect" | "time" | "beat" };

export interface SnapshotLine {
  readonly kind: "snapshot";
  readonly version?: string | undefined;
  /** Resources by the key of their type; undefined for no snapshot. */
  readonly content: Readonly<Record<string, readonly Word[]>> | undefined;
}

/** A resource in a transcript: `name=content~alias%30s!`, of which only the name must be; `!` means on demand. */
export interface Word {
  readonly name: string;
  readonly content: string | undefined;
  readonly aliases: readonly string[];
  readonly ttlMs: number | undefined;
  readonly onDemand: boolean;
}

export interface RequestLine {
  readonly kind: "request";
  /** The short name of a type, or a type URL. */
  readonly type: string;
  readonly words: readonly string[];
}

export interface ResponseLine {
  readonly kind: "response";
  /** Who has to send it: everyone, nobody (our own server does not), or nobody but our own. */
  readonly from: "all" | "others" | "ours";
  readonly type: string;
  /** Undefined if any will do. */
  readonly version: string | undefined;
  /** What the transcript calls the nonce. */
  readonly label: string;
  readonly resources: readonly string[];
  /** Resources that may be in the response as well as not. */
  readonly optionalResources: readonly string[];
}

export interface RefusalLine {
  readonly kind: "refusal";
  /** True if the request may be served as well. */
  readonly optional: boolean;
  /** The name of a gRPC status; undefined if any will do. */
  readonly code: string | undefined;
  /** Part of the message of our own servers. */
  readonly text: string;
}

const fixed: ReadonlyMap<string, Line> = new Map<string, Line>([
  ["< nothing", { kind: "nothing" }],
  ["no snapshot", { kind: "snapshot", content: undefined }],
  ["reconnect", { kind: "reconnect" }],
  ["time passes", { kind: "time" }],
  ["heartbeat", { kind: "beat" }],
]);

export function parseLine(line: string): Line {
  const known = fixed.get(line);
  if (known !== undefined) return known;
  const [first = "", ...words] = line.match(/"[^"]*"|\S+/g) ?? [];
  if (first === "snapshot") return parseSnapshot(words);
  if (first === ">") return { kind: "request", type: words[0] ?? "", words: words.slice(1) };
  const from = senders.get(first);
  if (from !== undefined) return parseResponse(words, from);
  if (first === "!" || first === "!?") return parseRefusal(words, first === "!?");
  throw new TypeError(`Cannot read the line "${line}"`);
}

const senders: ReadonlyMap<string, ResponseLine["from"]> = new Map([
  ["<", "all"],
  ["<?", "others"],
  ["<~", "ours"],
]);

export function parseWord(word: string): Word {
  const [, stem = "", aliases = "", seconds, onDemand] = /^([^~%!]*)((?:~[^~%!]+)*)(?:%(\d+)s)?(!)?$/.exec(word) ?? [];
  const equals = stem.lastIndexOf("=");
  return {
    name: equals < 0 ? stem : stem.slice(0, equals),
    content: equals < 0 ? undefined : stem.slice(equals + 1),
    aliases: aliases.split("~").filter((alias) => alias !== ""),
    ttlMs: seconds === undefined ? undefined : Number(seconds) * 1000,
    onDemand: onDemand !== undefined,
  };
}

function parseSnapshot(words: readonly string[]): SnapshotLine {
  const content: Record<string, Word[]> = {};
  let version: string | undefined;
  let entries: Word[] = [];
  for (const word of words) {
    if (word.startsWith("@")) version = word.slice(1);
    else if (word.endsWith(":")) content[word.slice(0, -1)] = entries = [];
    else entries.push(parseWord(word));
  }
  return { kind: "snapshot", version, content };
}

function parseResponse([type = "", ...words]: readonly string[], from: ResponseLine["from"]): ResponseLine {
  const version = words[0]?.startsWith("@") ? words.shift()?.slice(1) : undefined;
  const [label = "", ...resources] = words;
  const isOptional = (word: string) => word.startsWith("(");
  return {
    kind: "response",
    ...{ from, type, version, label },
    resources: resources.filter((word) => !isOptional(word)),
    optionalResources: resources.filter(isOptional).map((word) => word.slice(1, -1)),
  };
}

function parseRefusal(words: readonly string[], optional: boolean): RefusalLine {
  const text = words.find((word) => word.startsWith('"'))?.slice(1, -1) ?? "";
  return { kind: "refusal", optional, code: words.find((word) => !word.startsWith('"')), text };
}
