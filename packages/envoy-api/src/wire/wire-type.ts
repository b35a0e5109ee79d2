/** The wire types of https://protobuf.dev/programming-guides/encoding/#structure. */
export const WireType = {
  Varint: 0,
  Fixed64: 1,
  Bytes: 2,
  StartGroup: 3,
  EndGroup: 4,
  Fixed32: 5,
} as const;
export type WireType = (typeof WireType)[keyof typeof WireType];

/** The tag before a field's value: the field number and the wire type, as an unsigned 32-bit number. */
export function makeTag(field: number, wireType: WireType): number {
  return ((field << 3) | wireType) >>> 0;
}

/** The number of bytes `value` (an integer from 0 to 2^53 - 1) takes as a varint: 1 to 8. */
export function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}
