import type { WireReader } from "@chancery/envoy-api/wire";
import { Code, StatusError } from "../grpc/index.ts";
import { toAddressText } from "./address-text.ts";
import { FieldReader } from "./fields.ts";
import { type Header, readHeader } from "./headers.ts";
import { MessageView } from "./message-view.ts";
import { redacted } from "./redacted-headers.ts";
import type { HttpTap, SocketTap, SocketTapEvent, TapBody, TapConnection, TapMessage } from "./tap-trace.ts";

/** A part of a trace that is sent as it happens. */
export type HttpTapPiece = { readonly kind: "http-piece"; readonly of: "request" | "response" } & (
  | { readonly part: "headers" | "trailers"; readonly headers: readonly Header[] }
  | { readonly part: "body"; readonly body: TapBody }
);

export interface SocketTapPiece {
  readonly kind: "socket-piece";
  readonly connection?: TapConnection;
  readonly events: readonly SocketTapEvent[];
}

/** What a message of a stream of taps says about the trace in it. */
export interface TapEnvelope {
  /** "" where the message does not say it: only the first of a stream does. */
  readonly tapId: string;
  readonly traceId: bigint;
}

export interface TapContent extends TapEnvelope {
  /** Undefined if there is none, or one of a kind that is not known. */
  readonly tap: HttpTap | SocketTap | HttpTapPiece | SocketTapPiece | undefined;
}

/**
 * Reads an `envoy.service.tap.v3.StreamTapsRequest`; nothing in what it returns is a view of its bytes. The values of
 * `hidden` headers are replaced. Throws a WireError, or a StatusError for a message of too many parts.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/data/tap/v3/wrapper.proto
 */
export function readTapMessage(bytes: Uint8Array, hidden: ReadonlySet<string>): TapContent {
  const from = new Reading(hidden);
  const { wrapper, ...envelope } = readParts(bytes, from);
  const found = wrapper && readWrapper(wrapper, from);
  return { ...envelope, traceId: envelope.traceId || (found?.traceId ?? 0n), tap: found?.tap };
}

/** Reads of such a message only what it is about. Throws the same. */
export function readTapEnvelope(bytes: Uint8Array): TapEnvelope {
  const from = new Reading(new Set());
  const { wrapper = nothing, ...envelope } = readParts(bytes, from);
  if (envelope.traceId !== 0n) return envelope;
  // What is sent in pieces names its trace once more.
  for (const [field, reader] of from.fields(wrapper)) {
    if (hasId.has(field)) return { ...envelope, traceId: readUint64(reader.bytes(), from) };
  }
  return envelope;
}

const nothing = new Uint8Array();

/** The kinds of traces that have an id of their own. */
const hasId: ReadonlySet<number> = new Set([2, 3, 4]);

function readParts(bytes: Uint8Array, from: Reading): TapEnvelope & { readonly wrapper?: Uint8Array } {
  let tapId = "";
  let traceId = 0n;
  let wrapper: Uint8Array | undefined;
  for (const [field, reader] of from.fields(bytes)) {
    if (field === 1) tapId = new MessageView(reader.bytes()).text(2);
    else if (field === 2) traceId = reader.uint64();
    else if (field === 3) wrapper = reader.bytes();
  }
  return { tapId, traceId, ...(wrapper && { wrapper }) };
}

interface Found {
  /** 0 if it has none of its own. */
  readonly traceId: bigint;
  readonly tap: NonNullable<TapContent["tap"]>;
}

function readWrapper(bytes: Uint8Array, from: Reading): Found | undefined {
  let found: Found | undefined;
  for (const [field, reader] of from.fields(bytes)) {
    if (field === 1) found = { traceId: 0n, tap: readHttp(reader.bytes(), from) };
    else if (field === 2) found = readHttpPiece(reader.bytes(), from) ?? found;
    else if (field === 3) found = readSocket(reader.bytes(), from);
    else if (field === 4) found = readSocketPiece(reader.bytes(), from);
  }
  return found;
}

function readHttp(bytes: Uint8Array, from: Reading): HttpTap {
  const http: { -readonly [Key in keyof HttpTap]: HttpTap[Key] } = { kind: "http" };
  for (const [field, reader] of from.fields(bytes)) {
    if (field === 1) http.request = readMessage(reader.bytes(), from);
    else if (field === 2) http.response = readMessage(reader.bytes(), from);
    else if (field === 3) http.downstream = readConnection(reader.bytes());
    else if (field === 4) http.upstream = readConnection(reader.bytes());
  }
  return http;
}

function readMessage(bytes: Uint8Array, from: Reading): TapMessage {
  const headers: Header[] = [];
  const trailers: Header[] = [];
  let body = emptyBody;
  for (const [field, reader] of from.fields(bytes)) {
    if (field === 1) headers.push(from.header(reader.bytes()));
    else if (field === 2) body = readBody(reader.bytes(), from);
    else if (field === 3) trailers.push(from.header(reader.bytes()));
  }
  const receivedAtMs = new MessageView(bytes).milliseconds(4);
  return { headers, body, trailers, ...(receivedAtMs !== undefined && { receivedAtMs }) };
}

/** In the order of the fields of an `HttpStreamedTraceSegment`, from 2 on. */
const pieces = [
  { of: "request", part: "headers" },
  { of: "request", part: "body" },
  { of: "request", part: "trailers" },
  { of: "response", part: "headers" },
  { of: "response", part: "body" },
  { of: "response", part: "trailers" },
] as const;

function readHttpPiece(bytes: Uint8Array, from: Reading): Found | undefined {
  let traceId = 0n;
  let tap: HttpTapPiece | undefined;
  for (const [field, reader] of from.fields(bytes)) {
    const place = pieces[field - 2];
    if (field === 1) traceId = reader.uint64();
    else if (place !== undefined) tap = toPiece(place, reader.bytes(), from);
  }
  return tap && { traceId, tap };
}

function toPiece(place: (typeof pieces)[number], bytes: Uint8Array, from: Reading): HttpTapPiece {
  const { of, part } = place;
  if (part === "body") return { kind: "http-piece", of, part, body: readBody(bytes, from) };
  const headers: Header[] = [];
  for (const [field, reader] of from.fields(bytes)) if (field === 1) headers.push(from.header(reader.bytes()));
  return { kind: "http-piece", of, part, headers };
}

function readSocket(bytes: Uint8Array, from: Reading): Found {
  let connection: TapConnection | undefined;
  const events: SocketTapEvent[] = [];
  for (const [field, reader] of from.fields(bytes)) {
    if (field === 2) connection = readConnection(reader.bytes());
    else if (field === 3) events.push(...readEvent(reader.bytes(), from).events);
  }
  const view = new MessageView(bytes);
  const truncated = { readTruncated: view.flag(4), writeTruncated: view.flag(5) };
  return {
    traceId: readUint64(bytes, from),
    tap: { kind: "socket", ...(connection && { connection }), events, ...truncated },
  };
}

function readSocketPiece(bytes: Uint8Array, from: Reading): Found {
  let connection: TapConnection | undefined;
  const events: SocketTapEvent[] = [];
  const add = (event: EventContent) => {
    connection ??= event.connection;
    events.push(...event.events);
  };
  for (const [field, reader] of from.fields(bytes)) {
    if (field === 2) connection = readConnection(reader.bytes());
    else if (field === 3) add(readEvent(reader.bytes(), from));
    else if (field === 4) {
      for (const [inner, event] of from.fields(reader.bytes())) if (inner === 1) add(readEvent(event.bytes(), from));
    }
  }
  return { traceId: readUint64(bytes, from), tap: { kind: "socket-piece", ...(connection && { connection }), events } };
}

interface EventContent {
  readonly connection?: TapConnection;
  /** One, or none if it is of a kind that is not known. */
  readonly events: readonly SocketTapEvent[];
}

function readEvent(bytes: Uint8Array, from: Reading): EventContent {
  const view = new MessageView(bytes);
  const atMs = view.milliseconds(1);
  const time = atMs === undefined ? {} : { atMs };
  const events: SocketTapEvent[] = [];
  let connection: TapConnection | undefined;
  for (const [field, reader] of from.fields(bytes)) {
    if (field === 2) events.push({ kind: "read", ...time, body: readBody(readData(reader.bytes()), from) });
    else if (field === 3) {
      const write = reader.bytes();
      const endStream = new MessageView(write).flag(2);
      events.push({ kind: "write", ...time, body: readBody(readData(write), from), endStream });
    } else if (field === 4) {
      reader.bytes();
      events.push({ kind: "closed", ...time });
    } else if (field === 5) connection = readConnection(reader.bytes());
  }
  // Of what should be one the last counts.
  return { ...(connection && { connection }), events: events.slice(-1) };
}

/** The body within what was read or written. */
function readData(bytes: Uint8Array): Uint8Array {
  return new MessageView(bytes).data(1);
}

const emptyBody: TapBody = { data: nothing, truncated: false };

/** A body is sent as bytes, or as text, which is the same on the wire. */
function readBody(bytes: Uint8Array, from: Reading): TapBody {
  let data: Uint8Array = nothing;
  for (const [field, reader] of from.fields(bytes)) if (field === 1 || field === 2) data = reader.bytes();
  return { data: new Uint8Array(data), truncated: new MessageView(bytes).flag(3) };
}

function readConnection(bytes: Uint8Array): TapConnection {
  // Addresses are short, and looked through several times.
  const view = new MessageView(bytes.length > maxConnectionBytes ? nothing : bytes);
  return { local: toAddressText(view.message(1)), remote: toAddressText(view.message(2)) };
}

const maxConnectionBytes = 4096;

/** The id of a trace, which is the first field of each kind that has one. */
function readUint64(bytes: Uint8Array, from: Reading): bigint {
  let found = 0n;
  for (const [field, reader] of from.fields(bytes)) if (field === 1) found = reader.uint64();
  return found;
}

/** So many parts a message may have, of all depths: others have to wait while it is read. */
const maxFields = 100_000;

/** What goes through the reading of one message. */
class Reading {
  readonly #hidden: ReadonlySet<string>;
  #left = maxFields;

  constructor(hidden: ReadonlySet<string>) {
    this.#hidden = hidden;
  }

  *fields(bytes: Uint8Array): Generator<readonly [field: number, reader: WireReader], void> {
    for (const reader = new FieldReader(bytes); reader.next(); ) {
      if (--this.#left < 0) throw new StatusError(Code.RESOURCE_EXHAUSTED, `a tap has more than ${maxFields} parts`);
      yield [reader.field, reader];
    }
  }

  header(bytes: Uint8Array): Header {
    const header = readHeader(bytes);
    return this.#hidden.has(header.name) ? { ...header, value: redacted } : header;
  }
}
