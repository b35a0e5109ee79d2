import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";

/**
 * Goes through the fields of a message: after `next` it stands in front of the value of `field`, which is skipped if it is
 * not read.
 */
export class FieldReader extends WireReader {
  field = 0;
  #tag = 0;
  #valueStart = 0;

  /** False when there are no more fields. */
  next(): boolean {
    if (this.#tag !== 0 && this.pos === this.#valueStart) this.skip(this.#tag);
    if (this.done) return false;
    this.#tag = this.tag();
    this.#valueStart = this.pos;
    this.field = this.#tag >>> 3;
    return true;
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
