import { makeTag, WireError, WireReader, WireType } from "@chancery/envoy-api/wire";
import { AccessLogEntry } from "./access-log-entry.ts";
import { MessageView } from "./message-view.ts";
import {
  type NodeStream,
  type NodeStreamOptions,
  type NodeStreamStats,
  NodeStreams,
  type ServiceMethod,
  type StreamReader,
} from "./node-streams.ts";

/** A stream of access logs. An Envoy opens one for each logger, and for each of its threads. */
export interface AccessLogStream extends NodeStream {
  /** `log_name` of the logger. */
  readonly logName: string;
}

export interface AccessLogOptions extends NodeStreamOptions {
  /**
   * Takes entries as they come, some dozens at a time; those of one message may come in several calls. They are gone when
   * the call returns: keep a `copy()`.
   */
  onEntries(entries: readonly AccessLogEntry[], stream: AccessLogStream): void;
}

/** What came, and what was lost, exactly. A live view. */
export interface AccessLogStats extends NodeStreamStats {
  /** Entries handed over. */
  readonly entries: number;
  /** Entries in messages that were dropped because too much was waiting. */
  readonly droppedEntries: number;
}

export interface AccessLogHandlers {
  readonly methods: readonly ServiceMethod[];
  readonly stats: AccessLogStats;
}

/**
 * The access log service: Envoys stream what was asked of them, and are never answered. While entries wait to be taken
 * an Envoy's stream is not read, which it feels; what waits too long is dropped and counted.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/accesslog/v3/als.proto
 */
export function accessLogHandlers(options: AccessLogOptions): AccessLogHandlers {
  const { onEntries, ...streamOptions } = options;
  const streams = new NodeStreams(streamOptions);
  const counts = { entries: 0, droppedEntries: 0 };

  const open = (nodeStream: NodeStream): StreamReader => {
    const stream = Object.assign(nodeStream, { logName: "" });
    const learn = (bytes: Uint8Array): void => {
      stream.logName ||= new MessageView(bytes).message(identifierField)?.text(logNameField) ?? "";
    };
    return {
      *message(bytes) {
        learn(bytes);
        for (const entries of readEntries(bytes)) {
          counts.entries += entries.length;
          onEntries(entries, stream);
          yield;
        }
      },
      dropped(bytes) {
        learn(bytes);
        counts.droppedEntries += countEntries(bytes);
      },
    };
  };

  const kind = { nodePath: [identifierField, 1], single: true, borrows: true, open };
  return {
    methods: [{ method: `/${service}/StreamAccessLogs`, open: (call) => streams.open(call, kind) }],
    get stats() {
      return { ...streams.stats, ...counts };
    },
  };
}

const service = "envoy.service.accesslog.v3.AccessLogService";

const identifierField = 1;
const logNameField = 2;

const lists: ReadonlyMap<number, AccessLogEntry["kind"]> = new Map([
  [makeTag(2, WireType.Bytes), "http"],
  [makeTag(3, WireType.Bytes), "tcp"],
]);
const entryTag = makeTag(1, WireType.Bytes);

/** Others get their turn after so many. */
const entriesATurn = 32;

/** The entries of a `StreamAccessLogsMessage`, views of it, in portions. Throws a WireError where they are not in a list. */
export function* readEntries(message: Uint8Array): Generator<readonly AccessLogEntry[], void> {
  let entries: AccessLogEntry[] = [];
  for (const { kind, start, end } of eachEntry(message)) {
    entries.push(new AccessLogEntry(kind, message, start, end));
    if (entries.length < entriesATurn) continue;
    yield entries;
    entries = [];
  }
  if (entries.length > 0) yield entries;
}

function countEntries(message: Uint8Array): number {
  return eachEntry(message).reduce((count) => count + 1, 0);
}

interface Place {
  readonly kind: AccessLogEntry["kind"];
  readonly start: number;
  readonly end: number;
}

function* eachEntry(message: Uint8Array): Generator<Place, void> {
  const reader = new WireReader(message);
  while (!reader.done) {
    const tag = reader.tag();
    const kind = lists.get(tag);
    if (kind === undefined) reader.skip(tag);
    else for (const place of places(reader, entryTag)) yield { kind, ...place };
  }
}

/** Where the messages of a list are that is the only field of the message at which the reader stands. */
function* places(reader: WireReader, wanted: number): Generator<Omit<Place, "kind">, void> {
  const listEnd = lengthEnd(reader);
  while (reader.pos < listEnd) {
    const tag = reader.tag();
    if (tag !== wanted) {
      reader.skip(tag);
      continue;
    }
    const end = lengthEnd(reader);
    const start = reader.pos;
    reader.pos = end;
    yield { start, end };
  }
}

function lengthEnd(reader: WireReader): number {
  const length = reader.varint();
  const end = reader.pos + length;
  if (end > reader.end) throw new WireError("length beyond the end", reader.pos);
  return end;
}
