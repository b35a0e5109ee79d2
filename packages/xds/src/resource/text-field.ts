import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";

/** Reads a text field of a message without decoding the rest; "" if it is not set. Throws a WireError. */
export function readTextField(message: Uint8Array, field: number): string {
  const wanted = makeTag(field, WireType.Bytes);
  const reader = new WireReader(message);
  let text = "";
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === wanted) text = reader.string();
    else reader.skip(tag);
  }
  return text;
}
