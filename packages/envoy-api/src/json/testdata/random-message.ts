import { create, type DescEnum, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { anyPack, FeatureSet_FieldPresence, FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import type { Random } from "./random.ts";

const strings = ["", "a", "x-request-id", "ünïcödé 😀", '"\\ \n\t\u0000', "x".repeat(200), "\ufeffbom", "__proto__"];
const int32s = [0, 1, -1, 127, 128, 2 ** 31 - 1, -(2 ** 31)];
const uint32s = [0, 1, 127, 128, 2 ** 31, 2 ** 32 - 1];
const int64s = [0n, 1n, -1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const uint64s = [0n, 1n, 300n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n];
const doubles = [0, 0.1, -1.5, 1e300, 5e-324, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY, -1 / 0];
const floats = [0, 0.1, -1.5, 3.4028234663852886e38, 1e-45, 16777216, -1 / 0].map(Math.fround);

/** Makes a message with edge values in its fields; its Any fields hold messages of any of `types`. */
export function randomMessage(
  type: DescMessage,
  types: readonly DescMessage[],
  random: Random,
  levels: number,
): Message {
  const nested = (desc: DescMessage) => randomMessage(desc, types, random, levels - 1);
  switch (type.typeName) {
    case "google.protobuf.Any": {
      const content = random.pick(types);
      return levels <= 0 || random.chance(0.1) ? create(type) : anyPack(content, nested(content));
    }
    case "google.protobuf.Duration": {
      const sign = random.chance(0.2) ? -1 : 1;
      const seconds = BigInt(sign * random.pick([0, 1, 300, 315_576_000_000]));
      return fill(type, { seconds, nanos: sign * random.pick([0, 5, 500_000_000, 999_999_999]) });
    }
    case "google.protobuf.Timestamp": {
      const seconds = BigInt(random.pick([0, 1_700_000_000, -62_135_596_800, 253_402_300_799]));
      return fill(type, { seconds, nanos: random.pick([0, 7, 120_000_000, 999_999_999]) });
    }
    case "google.protobuf.FieldMask":
      return create(FieldMaskSchema, { paths: random.pick([[], ["a"], ["user.display_name", "b"]]) }); // others have no JSON
    default:
      return randomFields(type, nested, random, levels);
  }
}

function fill(type: DescMessage, values: Readonly<Record<string, unknown>>): Message {
  const message = reflect(type);
  for (const field of type.fields) message.set(field, values[field.name]);
  return message.message;
}

function randomFields(
  type: DescMessage,
  nested: (type: DescMessage) => Message,
  random: Random,
  levels: number,
): Message {
  const message = reflect(type);
  for (const member of type.members) {
    if (member.kind === "oneof") {
      const leaves = member.fields.filter((field) => levels > 0 || field.message === undefined);
      const always = type.typeName === "google.protobuf.Value"; // one that holds nothing has no JSON
      if (leaves.length > 0 && (always || random.chance(0.7))) setField(random.pick(leaves));
    } else if (member.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) {
      setField(member);
    } else if (levels > 0 || member.message === undefined) {
      if (random.chance(member.message === undefined || levels > 1 ? 0.5 : 0.15)) setField(member);
    }
  }
  function setField(field: DescField): void {
    if (field.fieldKind === "list") {
      const list = message.get(field);
      for (let count = random.below(3); count > 0; count--) list.add(randomValue(field, nested, random));
    } else if (field.fieldKind === "map") {
      const map = message.get(field);
      for (let count = random.below(4); count > 0; count--) {
        map.set(randomScalar(field.mapKey, random), randomValue(field, nested, random));
      }
    } else {
      message.set(field, randomValue(field, nested, random));
    }
  }
  return message.message;
}

function randomValue(field: DescField, nested: (type: DescMessage) => Message, random: Random): unknown {
  const { enum: enumType, message, scalar } = field;
  if (enumType !== undefined) return randomEnum(enumType, random);
  if (message !== undefined) return reflect(message, nested(message));
  return randomScalar(scalar ?? ScalarType.STRING, random, field.parent.typeName === "google.protobuf.Value");
}

function randomEnum(type: DescEnum, random: Random): number {
  const open = type.open && type.typeName !== "google.protobuf.NullValue";
  return open && random.chance(0.05) ? 123_456 : random.pick(type.values).number;
}

function randomScalar(type: ScalarType, random: Random, finite = false): unknown {
  switch (type) {
    case ScalarType.STRING:
      return random.pick(strings);
    case ScalarType.BYTES:
      return Uint8Array.from({ length: random.pick([0, 1, 2, 3, 200]) }, () => random.below(256));
    case ScalarType.BOOL:
      return random.chance(0.5);
    case ScalarType.DOUBLE:
      return finite ? -1.5 : random.pick(doubles);
    case ScalarType.FLOAT:
      return random.pick(floats);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return random.pick(uint32s);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return random.pick(int32s);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return random.pick(uint64s);
    default:
      return random.pick(int64s);
  }
}
