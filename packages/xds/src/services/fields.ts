import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";

/** The number of each field of a message, with the reader in front of its value; what is not read is skipped. */
export function* fieldsOf(bytes: Uint8Array): Generator<readonly [field: number, reader: WireReader]> {
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    const start = reader.pos;
    yield [tag >>> 3, reader];
    if (reader.pos === start) reader.skip(tag);
  }
}

/** A message of two texts: an entry of a map from text to text, or of anything else that has a key and a value. */
export function readTextPair(bytes: Uint8Array): [key: string, value: string] {
  const reader = new WireReader(bytes);
  let key = "";
  let value = "";
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === keyTag) key = reader.string();
    else if (tag === valueTag) value = reader.string();
    else reader.skip(tag);
  }
  return [key, value];
}

const keyTag = makeTag(1, WireType.Bytes);
const valueTag = makeTag(2, WireType.Bytes);
