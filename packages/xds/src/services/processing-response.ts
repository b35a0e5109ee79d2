import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { type BodyMode, bodyModes } from "./body-mode.ts";
import { appendActions, type HeaderChange } from "./header-change.ts";
import type { Header } from "./headers.ts";
import type { Direction } from "./processing-request.ts";
import type { DynamicMetadata, HeaderChanges, ImmediateResponse, ModeChange } from "./processing-result.ts";
import { encodeStruct } from "./struct.ts";

/** Answers headers or a body, as far as `CommonResponse` has room for it. */
export interface CommonAnswer extends HeaderChanges {
  readonly replace?: boolean;
  readonly body?: Uint8Array;
  readonly chunk?: Piece;
  readonly clearRouteCache?: boolean;
  /** With both body modes, as this has no way to leave one of them out. */
  readonly mode?: ModeChange & { readonly requestBody: BodyMode; readonly responseBody: BodyMode };
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly endOfStream: boolean;
}

const writer = new WireWriter();

/** Field numbers of `ProcessingResponse`. */
const fields = {
  request: { headers: 1, body: 3, trailers: 5 },
  response: { headers: 2, body: 4, trailers: 6 },
} as const;

export function encodeCommon(direction: Direction, part: "headers" | "body", answer: CommonAnswer): Uint8Array {
  writer.truncate(0);
  writer.tag(fields[direction][part], WireType.Bytes).fork().tag(1, WireType.Bytes).fork();
  if (answer.replace === true) writer.tag(1, WireType.Varint).varint(1);
  writeMutation(2, answer);
  writeBody(answer);
  if (answer.clearRouteCache === true) writer.tag(5, WireType.Varint).bool(true);
  writer.join().join();
  writeMetadata(answer.dynamicMetadata);
  if (answer.mode !== undefined) writeMode(answer.mode);
  return writer.finish();
}

export function encodeTrailers(direction: Direction, changes: HeaderChanges): Uint8Array {
  writer.truncate(0);
  writer.tag(fields[direction].trailers, WireType.Bytes).fork();
  writeMutation(1, changes);
  writer.join();
  writeMetadata(changes.dynamicMetadata);
  return writer.finish();
}

export function encodeImmediate(response: ImmediateResponse, dynamicMetadata?: DynamicMetadata): Uint8Array {
  const { status, body, grpcStatus, details = "" } = response;
  writer.truncate(0);
  writer.tag(7, WireType.Bytes).fork();
  writer.tag(1, WireType.Bytes).fork().tag(1, WireType.Varint).varint(status).join();
  writeMutation(2, response);
  if (body !== undefined) writer.tag(3, WireType.Bytes).bytes(toBytes(body));
  if (grpcStatus !== undefined) {
    writer.tag(4, WireType.Bytes).fork().tag(1, WireType.Varint).uint32(grpcStatus).join();
  }
  if (details !== "") writer.tag(5, WireType.Bytes).string(details);
  writer.join();
  writeMetadata(dynamicMetadata);
  return writer.finish();
}

/** The beginning of a response whose body follows. */
export function encodeStreamedHeaders(response: ImmediateResponse, dynamicMetadata?: DynamicMetadata): Uint8Array {
  writer.truncate(0);
  writer.tag(11, WireType.Bytes).fork().tag(1, WireType.Bytes).fork().tag(1, WireType.Bytes).fork();
  for (const header of [{ name: ":status", value: `${response.status}` }, ...(response.headers ?? [])]) {
    writer.tag(1, WireType.Bytes).fork();
    writeNameAndValue(header);
    writer.join();
  }
  writer.join().join().join();
  writeMetadata(dynamicMetadata);
  return writer.finish();
}

/** A piece of the body of such a response. */
export function encodeStreamedBody(bytes: Uint8Array, endOfStream: boolean): Uint8Array {
  writer.truncate(0);
  writer.tag(11, WireType.Bytes).fork().tag(2, WireType.Bytes).fork();
  writeChunk({ bytes, endOfStream });
  writer.join().join();
  return writer.finish();
}

function writeMetadata(metadata: DynamicMetadata | undefined): void {
  if (metadata !== undefined) writer.tag(8, WireType.Bytes).bytes(encodeStruct(metadata));
}

/** Asks for more time for the message that is not answered yet. */
export function encodeTimeout(ms: number): Uint8Array {
  writer.truncate(0);
  writer.tag(10, WireType.Bytes).fork();
  const seconds = Math.floor(ms / 1000);
  if (seconds > 0) writer.tag(1, WireType.Varint).varint(seconds);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  if (nanos > 0) writer.tag(2, WireType.Varint).varint(nanos);
  writer.join();
  return writer.finish();
}

export function toBytes(content: Uint8Array | string): Uint8Array {
  return typeof content === "string" ? Buffer.from(content) : content;
}

function writeMutation(field: number, { headers = [], headersToRemove = [] }: HeaderChanges): void {
  if (headers.length === 0 && headersToRemove.length === 0) return;
  writer.tag(field, WireType.Bytes).fork();
  for (const header of headers) writeHeader(header);
  for (const name of headersToRemove) writer.tag(2, WireType.Bytes).string(name);
  writer.join();
}

function writeHeader({ name, value, action = "overwrite" }: HeaderChange): void {
  writer.tag(1, WireType.Bytes).fork();
  writer.tag(1, WireType.Bytes).fork();
  writeNameAndValue({ name, value });
  writer.join();
  // Envoy 1.40 looks at this older field alone, and overwrites without it.
  if (action === "append") writer.tag(2, WireType.Bytes).fork().tag(1, WireType.Varint).bool(true).join();
  else writer.tag(3, WireType.Varint).varint(appendActions[action]);
  writer.join();
}

function writeNameAndValue({ name, value }: Header): void {
  writer.tag(1, WireType.Bytes).string(name);
  // Envoy looks at the value in bytes alone.
  writer.tag(3, WireType.Bytes).bytes(Buffer.from(value));
}

function writeChunk({ bytes, endOfStream }: Piece): void {
  writer.tag(1, WireType.Bytes).bytes(bytes);
  if (endOfStream) writer.tag(2, WireType.Varint).bool(true);
}

function writeBody({ body, chunk }: CommonAnswer): void {
  if (body === undefined && chunk === undefined) return;
  writer.tag(3, WireType.Bytes).fork();
  if (chunk !== undefined) {
    writer.tag(3, WireType.Bytes).fork();
    writeChunk(chunk);
    writer.join();
  } else if (body !== undefined) {
    if (body.length > 0) writer.tag(1, WireType.Bytes).bytes(body);
    else writer.tag(2, WireType.Varint).bool(true);
  }
  writer.join();
}

function writeMode(mode: NonNullable<CommonAnswer["mode"]>): void {
  writer.tag(9, WireType.Bytes).fork();
  const send = { send: 1, skip: 2 } as const;
  if (mode.responseHeaders !== undefined) writer.tag(2, WireType.Varint).varint(send[mode.responseHeaders]);
  writer.tag(3, WireType.Varint).varint(bodyModes.indexOf(mode.requestBody));
  writer.tag(4, WireType.Varint).varint(bodyModes.indexOf(mode.responseBody));
  if (mode.requestTrailers !== undefined) writer.tag(5, WireType.Varint).varint(send[mode.requestTrailers]);
  if (mode.responseTrailers !== undefined) writer.tag(6, WireType.Varint).varint(send[mode.responseTrailers]);
  writer.join();
}
