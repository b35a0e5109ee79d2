import { WireError, WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { Random } from "./random.ts";

/**
 * One to four changes to a protobuf message. Half of the messages stay well-formed outside: their fields are dropped,
 * doubled, moved and given other contents. In the others bits, bytes and pieces change, and lengths become absurd.
 */
export function mutateBytes(random: Random, seeds: readonly [Buffer, ...Buffer[]]): Buffer {
  const kinds = random.chance(2) ? ([mutateFields] as const) : mutations;
  let bytes: Buffer = Buffer.from(random.pick(seeds));
  for (let left = 1 + random.below(4); left > 0; left--) bytes = random.pick(kinds)(bytes, random, seeds);
  return bytes;
}

type Mutation = (bytes: Buffer, random: Random, seeds: readonly [Buffer, ...Buffer[]]) => Buffer;

const mutations: readonly [Mutation, ...Mutation[]] = [
  flipBit,
  setByte,
  (bytes, random) => splice(bytes, random, random.bytes(random.below(9))),
  (bytes, random) => splice(bytes, random, hugeVarint(random)),
  (bytes, random) => splice(bytes, random, piece(bytes, random)),
  (bytes, random, seeds) => splice(bytes, random, piece(random.pick(seeds), random)),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => Buffer.concat([bytes, piece(bytes, random)]),
];

function flipBit(bytes: Buffer, random: Random): Buffer {
  const at = random.below(Math.max(1, bytes.length));
  const byte = bytes[at];
  if (byte !== undefined) bytes[at] = byte ^ (1 << random.below(8));
  return bytes;
}

function setByte(bytes: Buffer, random: Random): Buffer {
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
  return bytes;
}

function mutateFields(bytes: Buffer, random: Random, seeds: readonly [Buffer, ...Buffer[]]): Buffer {
  const fields = fieldsOf(bytes);
  const foreign = random.pick(fieldsOf(random.pick(seeds)));
  const at = random.below(fields.length + 1);
  const [field] = fields.splice(at, random.below(2));
  if (random.chance(2) && foreign !== undefined) fields.splice(random.below(fields.length + 1), 0, foreign);
  else if (field !== undefined) fields.splice(random.below(fields.length + 1), 0, content(field, random));
  return Buffer.concat(fields.map(encodeField));
}

interface Field {
  readonly number: number;
  readonly bytes: Buffer;
}

/** The fields of a message up to where it is no message any more. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  const reader = new WireReader(message);
  try {
    while (!reader.done) {
      const tag = reader.tag();
      if ((tag & 7) === WireType.Bytes) fields.push({ number: tag >>> 3, bytes: Buffer.from(reader.bytes()) });
      else reader.skip(tag);
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return fields;
}

function encodeField({ number, bytes }: Field): Uint8Array {
  return new WireWriter().tag(number, WireType.Bytes).bytes(bytes).finish();
}

function content({ number, bytes }: Field, random: Random): Field {
  if (random.chance(4)) return { number: 1 + random.below(8), bytes };
  return {
    number,
    bytes: random.chance(2) ? flipBit(bytes, random) : splice(bytes, random, random.bytes(random.below(4))),
  };
}

/** Puts `insert` in the place of up to eight bytes. */
function splice(bytes: Buffer, random: Random, insert: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + random.below(9))]);
}

function piece(bytes: Buffer, random: Random): Buffer {
  const start = random.below(bytes.length + 1);
  return bytes.subarray(start, start + random.below(bytes.length - start + 1));
}

function hugeVarint(random: Random): Buffer {
  return Buffer.concat([Buffer.alloc(random.below(11), 0xff), Buffer.from([random.below(256)])]);
}
