import assert from "node:assert/strict";
import { test } from "node:test";
import { type DescMessage, equals, fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import { WireError } from "../wire/index.ts";
import { decodeToJson } from "./decode.ts";
import { encodeJson } from "./encode.ts";
import { createRandom } from "./testdata/random.ts";
import { randomMessage } from "./testdata/random-message.ts";
import { registry, types } from "./testdata/registry.ts";

const rounds = 10;

const encode = (type: DescMessage, json: unknown) => {
  const encoded = encodeJson(type.typeName, json, { validate: false });
  if (!encoded.ok) assert.fail(`${type.typeName}: ${JSON.stringify(encoded.problems)}\n${JSON.stringify(json)}`);
  return encoded.bytes;
};

const likeText = (json: unknown): JsonValue => JSON.parse(JSON.stringify(json));

test("JSON of every type becomes the bytes protobuf-es makes of it, but for the order of map entries", () => {
  const random = createRandom(1);
  for (const type of types) {
    for (let round = 0; round < rounds; round++) {
      const message = randomMessage(type, types, random, 4);
      const bytes = encode(type, likeText(toJson(type, message, { registry })));
      const same = equals(type, fromBinary(type, bytes), message, { registry, unpackAny: true });
      assert.ok(same, type.typeName);
    }
  }
});

test("bytes of every type become JSON that protobuf-es reads as the same message", () => {
  const random = createRandom(2);
  for (const type of types) {
    for (let round = 0; round < rounds; round++) {
      const message = randomMessage(type, types, random, 4);
      const json = decodeToJson(type.typeName, toBinary(type, message), { names: random.pick(["proto", "json"]) });
      // By way of bytes: protobuf-es reads floats from JSON with more digits than they have.
      const again = fromBinary(type, toBinary(type, fromJson(type, likeText(json), { registry })));
      assert.ok(equals(type, again, message, { registry, unpackAny: true }), type.typeName);
    }
  }
});

test("what was decoded encodes to the same bytes, whatever the order of the keys", () => {
  const random = createRandom(3);
  for (const type of types) {
    const message = randomMessage(type, types, random, 4);
    const bytes = encode(type, likeText(toJson(type, message, { registry })));
    const json = decodeToJson(type.typeName, bytes);
    assert.deepEqual(encode(type, json), bytes, type.typeName);
    assert.deepEqual(encode(type, reversed(json)), bytes, type.typeName);
  }
});

test("damaged bytes are decoded or give a WireError, never anything else", () => {
  const random = createRandom(4);
  for (const type of types) {
    const bytes = Uint8Array.from(toBinary(type, randomMessage(type, types, random, 3)));
    for (let damage = 0; damage < 3 && bytes.length > 0; damage++) {
      bytes[random.below(bytes.length)] = random.below(256);
      try {
        decodeToJson(type.typeName, bytes.subarray(0, bytes.length - random.below(2)), { redact: random.chance(0.5) });
      } catch (error) {
        assert.ok(error instanceof WireError, `${type.typeName}: ${error}`);
      }
    }
  }
});

test("damaged JSON gives bytes or problems, never an exception", () => {
  const random = createRandom(5);
  const junk = [
    null,
    true,
    -1,
    Number.POSITIVE_INFINITY,
    "x",
    "\ud800",
    [],
    {},
    [null],
    { "@type": 1 },
    { "@type": "x/y" },
    { a: 1 },
    5n,
  ];
  const spoil = (json: unknown): unknown => {
    if (random.chance(0.1)) return random.pick(junk);
    if (Array.isArray(json)) return json.map(spoil);
    if (typeof json !== "object" || json === null) return json;
    return Object.fromEntries(
      Object.entries(json).map(([key, value]) => [random.chance(0.05) ? `${key}x` : key, spoil(value)]),
    );
  };
  for (const type of types) {
    const json = spoil(toJson(type, randomMessage(type, types, random, 3), { registry }));
    const encoded = encodeJson(type.typeName, json);
    if (encoded.ok) decodeToJson(type.typeName, encoded.bytes);
    else assert.ok(encoded.problems.length > 0 && encoded.problems.every(({ message }) => message !== ""));
  }
});

function reversed(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(reversed);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .reverse()
      .map(([key, value]) => [key, reversed(value)]),
  );
}
