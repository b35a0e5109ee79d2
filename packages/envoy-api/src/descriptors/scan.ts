import { WireReader, WireType } from "../wire/index.ts";

/** Where a type's descriptor lies in the descriptor set. */
export interface Location {
  readonly start: number;
  readonly end: number;
  readonly proto3: boolean;
}

/** Types by their fully qualified names, in the order of the set. */
export interface Locations {
  readonly messages: ReadonlyMap<string, Location>;
  readonly enums: ReadonlyMap<string, Location>;
  readonly services: ReadonlyMap<string, Location>;
}

/** Says where each type is, without decoding any of them. */
export interface Index {
  find(kind: keyof Locations, name: string): Location | undefined;
  all(): Locations;
}

type Found = { readonly [K in keyof Locations]: Map<string, Location> };

/** A range of bytes within the set. */
interface Span {
  readonly start: number;
  readonly end: number;
}

const inSet = { file: 1 };
const inFile = { package: 2, message: 4, enum: 5, service: 6, syntax: 12 };
const inMessage = { name: 1, message: 3, enum: 4 };

/**
 * An index of a `google.protobuf.FileDescriptorSet`. Of the files it reads at first only which package they are of; those
 * of a package are walked when a type is looked for that may be in it.
 */
export function createIndex(set: Uint8Array): Index {
  const files = [...spans(set, { start: 0, end: set.length }, inSet.file)];
  const unread = Map.groupBy(files, (file) => packageOf(set, file));
  const found = noneFound();
  let everything: Locations | undefined;
  return {
    find(kind, name) {
      for (let end = name.length; end > 0; ) {
        end = name.lastIndexOf(".", end - 1);
        const within = name.slice(0, Math.max(end, 0));
        for (const file of unread.get(within) ?? []) scanFile(set, file, found);
        unread.delete(within);
      }
      return found[kind].get(name);
    },
    all() {
      if (everything !== undefined) return everything;
      const all = noneFound();
      for (const file of files) scanFile(set, file, all);
      everything = all;
      return all;
    },
  };
}

function noneFound(): Found {
  return { messages: new Map(), enums: new Map(), services: new Map() };
}

/** "" for a file without one. */
function packageOf(set: Uint8Array, file: Span): string {
  const reader = new WireReader(set, file.start, file.end);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag >>> 3 === inFile.package) return reader.string();
    reader.skip(tag);
  }
  return "";
}

function scanFile(set: Uint8Array, file: Span, found: Found): void {
  const messages: Span[] = [];
  const enums: Span[] = [];
  const services: Span[] = [];
  let scope = "";
  let proto3 = false;
  const reader = new WireReader(set, file.start, file.end);
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag >>> 3) {
      case inFile.package:
        scope = `${reader.string()}.`;
        break;
      case inFile.syntax:
        proto3 = reader.string() === "proto3";
        break;
      case inFile.message:
        messages.push(span(reader));
        break;
      case inFile.enum:
        enums.push(span(reader));
        break;
      case inFile.service:
        services.push(span(reader));
        break;
      default:
        reader.skip(tag);
    }
  }
  for (const message of messages) scanMessage(set, message, scope, proto3, found);
  for (const { start, end } of enums) found.enums.set(scope + nameOf(set, start, end), { start, end, proto3 });
  for (const { start, end } of services) found.services.set(scope + nameOf(set, start, end), { start, end, proto3 });
}

function scanMessage(set: Uint8Array, message: Span, scope: string, proto3: boolean, found: Found): void {
  const { start, end } = message;
  const name = scope + nameOf(set, start, end);
  found.messages.set(name, { start, end, proto3 });
  const reader = new WireReader(set, start, end);
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag >>> 3) {
      case inMessage.message:
        scanMessage(set, span(reader), `${name}.`, proto3, found);
        break;
      case inMessage.enum: {
        const { start, end } = span(reader);
        found.enums.set(`${name}.${nameOf(set, start, end)}`, { start, end, proto3 });
        break;
      }
      default:
        reader.skip(tag);
    }
  }
}

/** The name of a message, enum or service: field 1 of them all, and first in canonical order. */
function nameOf(set: Uint8Array, start: number, end: number): string {
  const reader = new WireReader(set, start, end);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag >>> 3 === inMessage.name) return reader.string();
    reader.skip(tag);
  }
  return "";
}

function* spans(set: Uint8Array, within: Span, field: number): Generator<Span> {
  const reader = new WireReader(set, within.start, within.end);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag >>> 3 === field && (tag & 7) === WireType.Bytes) yield span(reader);
    else reader.skip(tag);
  }
}

/** Moves over a length-delimited value and says where it was. */
function span(reader: WireReader): Span {
  const length = reader.varint();
  const start = reader.pos;
  reader.pos = start + length;
  return { start, end: reader.pos };
}
