import { encodeJson, type JsonValue } from "@chancery/envoy-api";

/** Fields of a `google.protobuf.Struct`, in wire format. Throws a TypeError for what no Struct can hold. */
export function encodeStruct(fields: { readonly [key: string]: JsonValue }): Uint8Array {
  const encoded = encodeJson("google.protobuf.Struct", fields);
  if (encoded.ok) return encoded.bytes;
  throw new TypeError(`Cannot encode dynamic metadata: ${JSON.stringify(encoded.problems)}`);
}
