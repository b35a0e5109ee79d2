import { WireReader } from "@chancery/envoy-api/wire";

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
