import { encodeJson } from "@chancery/envoy-api";

/** A message of proto3 JSON, which need not be valid. */
export function encode(type: string, json: object): Buffer {
  const encoded = encodeJson(type, json, { validate: false });
  if (encoded.ok) return Buffer.from(encoded.bytes);
  throw new TypeError(`${type}: ${JSON.stringify(encoded.problems)}`);
}
