import { decodeToJson, type JsonValue } from "@chancery/envoy-api";
import { type BodyMode, bodyModes } from "./body-mode.ts";
import { FieldReader } from "./fields.ts";
import { type Header, readHeaderMap } from "./headers.ts";

/** One of the things that Envoy tells of a request of HTTP, `envoy.service.ext_proc.v3.ProcessingRequest`. */
export interface ProcessingRequest {
  /** Undefined in a message that is about something else, such as flow control. */
  readonly content: HeadersContent | BodyContent | TrailersContent | undefined;
  readonly attributes: Attributes;
  readonly metadata: Attributes;
  /** Whether no answer is wanted. */
  readonly observability: boolean;
  /** In the first message alone. */
  readonly protocol: ProcessingProtocol | undefined;
}

export type Direction = "request" | "response";

export interface HeadersContent {
  readonly direction: Direction;
  readonly part: "headers";
  readonly headers: readonly Header[];
  readonly endOfStream: boolean;
}

export interface BodyContent {
  readonly direction: Direction;
  readonly part: "body";
  readonly body: Uint8Array;
  readonly endOfStream: boolean;
}

export interface TrailersContent {
  readonly direction: Direction;
  readonly part: "trailers";
  readonly headers: readonly Header[];
}

/** How the filter is configured. */
export interface ProcessingProtocol {
  /** Undefined for a mode that is not known here. */
  readonly requestBody: BodyMode | undefined;
  readonly responseBody: BodyMode | undefined;
  /** Whether bodies come although headers were not answered. */
  readonly sendsBodyWithoutWaiting: boolean;
}

/** Values by namespace, decoded when they are asked for. */
export type Attributes = () => Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;

/** Reads a request in wire format. Throws a WireError if it is malformed. */
export function readProcessingRequest(bytes: Uint8Array): ProcessingRequest {
  let content: ProcessingRequest["content"];
  let protocol: ProcessingProtocol | undefined;
  let observability = false;
  let metadata: Uint8Array = nothing;
  const attributes: Uint8Array[] = [];
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    const direction = reader.field % 2 === 0 ? "request" : "response";
    if (reader.field === 2 || reader.field === 3)
      content = { direction, part: "headers", ...readHttpHeaders(reader.bytes()) };
    else if (reader.field === 4 || reader.field === 5)
      content = { direction, part: "body", ...readHttpBody(reader.bytes()) };
    else if (reader.field === 6 || reader.field === 7)
      content = { direction, part: "trailers", headers: readMapIn(reader.bytes()) };
    else if (reader.field === 8) metadata = reader.bytes();
    else if (reader.field === 9) attributes.push(reader.bytes());
    else if (reader.field === 10) observability = reader.bool();
    else if (reader.field === 11) protocol = readProtocol(reader.bytes());
  }
  return {
    ...{ content, observability, protocol },
    attributes: () => readStructs(attributes),
    metadata: () => readStructs(entriesOf(metadata)),
  };
}

const nothing = new Uint8Array();

function readHttpHeaders(bytes: Uint8Array): Pick<HeadersContent, "headers" | "endOfStream"> {
  let headers: readonly Header[] = [];
  let endOfStream = false;
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) headers = readHeaderMap(reader.bytes());
    else if (reader.field === 3) endOfStream = reader.bool();
  }
  return { headers, endOfStream };
}

function readHttpBody(bytes: Uint8Array): Pick<BodyContent, "body" | "endOfStream"> {
  let body: Uint8Array = nothing;
  let endOfStream = false;
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) body = reader.bytes();
    else if (reader.field === 2) endOfStream = reader.bool();
  }
  return { body, endOfStream };
}

function readMapIn(bytes: Uint8Array): readonly Header[] {
  let headers: readonly Header[] = [];
  for (const reader = new FieldReader(bytes); reader.next(); )
    if (reader.field === 1) headers = readHeaderMap(reader.bytes());
  return headers;
}

function readProtocol(bytes: Uint8Array): ProcessingProtocol {
  let request = 0;
  let response = 0;
  let sendsBodyWithoutWaiting = false;
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) request = reader.varint();
    else if (reader.field === 2) response = reader.varint();
    else if (reader.field === 3) sendsBodyWithoutWaiting = reader.bool();
  }
  return { requestBody: bodyModes[request], responseBody: bodyModes[response], sendsBodyWithoutWaiting };
}

/** The entries of `envoy.config.core.v3.Metadata.filter_metadata`. */
function entriesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (const reader = new FieldReader(bytes); reader.next(); ) if (reader.field === 1) entries.push(reader.bytes());
  return entries;
}

/** Entries of a map from text to `google.protobuf.Struct`. */
function readStructs(entries: readonly Uint8Array[]): ReturnType<Attributes> {
  return Object.fromEntries(
    entries.map((entry) => {
      let key = "";
      let value: Uint8Array = nothing;
      for (const reader = new FieldReader(entry); reader.next(); ) {
        if (reader.field === 1) key = reader.string();
        else if (reader.field === 2) value = reader.bytes();
      }
      // A Struct is an object in JSON.
      return [key, decodeToJson("google.protobuf.Struct", value) as Readonly<Record<string, JsonValue>>];
    }),
  );
}
