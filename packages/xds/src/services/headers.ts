import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";
import { FieldReader } from "./fields.ts";

export interface Header {
  /** In lower case. */
  readonly name: string;
  /** Bytes that are not UTF-8 are a character each, as in ISO-8859-1. */
  readonly value: string;
}

/** Reads an `envoy.config.core.v3.HeaderMap`; what came twice is there twice. Throws a WireError. */
export function readHeaderMap(bytes: Uint8Array): Header[] {
  const headers: Header[] = [];
  for (const reader = new FieldReader(bytes); reader.next(); )
    if (reader.field === 1) headers.push(readHeader(reader.bytes()));
  return headers;
}

/** Reads an `envoy.config.core.v3.HeaderValue`, whose value is text or bytes. Throws a WireError. */
export function readHeader(bytes: Uint8Array): Header {
  const reader = new WireReader(bytes);
  let name = "";
  let value = "";
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === tags.key) name = reader.string();
    else if (tag === tags.value) value = reader.string() || value;
    else if (tag === tags.rawValue) value = readRaw(reader) || value;
    else reader.skip(tag);
  }
  return toHeader(name, value);
}

export function toHeader(name: string, value: string): Header {
  return { name: name.toLowerCase(), value };
}

const tags = {
  key: makeTag(1, WireType.Bytes),
  value: makeTag(2, WireType.Bytes),
  rawValue: makeTag(3, WireType.Bytes),
};

/** Text in UTF-8, or else a character for each byte. */
function readRaw(reader: WireReader): string {
  const start = reader.pos;
  try {
    return reader.string();
  } catch {
    reader.pos = start;
    return Buffer.from(reader.bytes()).toString("latin1");
  }
}
