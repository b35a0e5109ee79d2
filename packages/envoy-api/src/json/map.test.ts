import assert from "node:assert/strict";
import { test } from "node:test";
import { FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type } from "@bufbuild/protobuf/wkt";
import { decodeToJson } from "./decode.ts";
import { encodeJson } from "./encode.ts";
import { formatProblem } from "./problem.ts";
import { apiOf, type Message } from "./testdata/made-up-api.ts";

const keyTypes = { string: Type.STRING, bool: Type.BOOL, int32: Type.INT32, uint64: Type.UINT64 };

const holder: Message = {
  name: "Holder",
  fields: [
    ...Object.keys(keyTypes).map((name, index) => ({
      name,
      number: index + 1,
      type: Type.MESSAGE,
      typeName: `.test.Holder.${name}Entry`,
      label: Label.REPEATED,
    })),
    { name: "value", number: 10, type: Type.MESSAGE, typeName: ".google.protobuf.Value" },
    { name: "null", number: 11, type: Type.ENUM, typeName: ".google.protobuf.NullValue", oneofIndex: 0 },
    { name: "values", number: 12, type: Type.MESSAGE, typeName: ".google.protobuf.Value", label: Label.REPEATED },
  ],
  oneofs: ["choice"],
  messages: Object.entries(keyTypes).map(([name, type]) => ({
    name: `${name}Entry`,
    mapEntry: true,
    fields: [
      { name: "key", number: 1, type },
      { name: "value", number: 2, type: Type.UINT32 },
    ],
  })),
};
const api = apiOf([holder]);

function encode(json: unknown): string {
  const encoded = encodeJson("test.Holder", json, { api });
  return encoded.ok ? Buffer.from(encoded.bytes).toString("hex") : encoded.problems.map(formatProblem).join("\n");
}

function again(json: unknown): unknown {
  const encoded = encodeJson("test.Holder", json, { api });
  assert.ok(encoded.ok);
  return decodeToJson("test.Holder", encoded.bytes, { api });
}

test("keys of every type are text in JSON, and sorted by what they mean", () => {
  assert.equal(encode({ string: { b: 2, a: 1 } }), "0a050a01611001" + "0a050a01621002");
  assert.equal(encode({ bool: { true: 1, false: 0 } }), "120408001000" + "120408011001");
  assert.equal(
    encode({ int32: { 10: 1, 9: 1, "-1": 1 } }),
    "1a0d08ffffffffffffffffff011001" + "1a0408091001" + "1a04080a1001",
  );
  assert.equal(encode({ uint64: { "18446744073709551615": 1 } }), "220d08ffffffffffffffffff011001");
});

test("keys that are not of the type, or the same twice, are problems", () => {
  assert.equal(encode({ bool: { yes: 1 } }), 'bool.yes: the key must be true or false, not "yes"');
  assert.equal(encode({ int32: { a: 1 } }), 'int32.a: the key must be a whole number, not "a"');
  assert.equal(encode({ int32: { "1": 1, "1.0": 2 } }), 'int32: "1" and "1.0" are the same key');
  assert.equal(
    encode({ uint64: { "-1": 1 } }),
    'uint64["-1"]: must be a whole number from 0 to 18446744073709551615, not "-1"',
  );
  assert.equal(encode({ string: { "\ud800": 1 } }).includes("half of a surrogate pair"), true);
});

test("keys and values that are defaults are written all the same, and read when they are not", () => {
  assert.equal(encode({ string: { "": 0 } }), "0a040a001000");
  assert.deepEqual(decodeToJson("test.Holder", Uint8Array.of(0x0a, 0, 0x12, 0), { api }), {
    string: { "": 0 },
    bool: { false: 0 },
  });
});

test("maps read back as they were", () => {
  const json = { string: { a: 1, __proto__x: 2 }, bool: { false: 0, true: 1 }, int32: { "-1": 1 }, uint64: { 7: 7 } };
  assert.deepEqual(again(json), json);
  const proto = JSON.parse('{"string":{"__proto__":1}}');
  assert.deepEqual(again(proto), proto);
});

test("null is a value where a Value or NullValue is wanted", () => {
  assert.equal(encode({ value: null }), "52020800");
  assert.equal(encode({ null: null }), "5800");
  assert.equal(encode({ values: [null, 1] }), "62020800" + "620911000000000000f03f");
  assert.deepEqual(again({ value: null, null: null, values: [null] }), { value: null, null: null, values: [null] });
});
