import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type } from "@bufbuild/protobuf/wkt";
import { encodeJson } from "../json/encode.ts";
import { formatProblem } from "../json/problem.ts";
import { apiOf, type Field } from "../json/testdata/made-up-api.ts";

/** What a message `{ x: value }` breaks when its only field has these rules. */
function check(field: Omit<Field, "name" | "number">, ...values: unknown[]): readonly string[] {
  const api = apiOf([
    { name: "Holder", fields: [{ name: "x", number: 1, ...field }], oneofs: ["choice"] },
    { name: "Other", fields: [{ name: "y", number: 1, type: Type.STRING, rules: { string: { minLen: 1 } } }] },
  ]);
  return values.flatMap((value) => {
    const encoded = encodeJson("test.Holder", { x: value }, { api });
    return encoded.ok ? [] : encoded.problems.map(formatProblem);
  });
}

const string = (rules: JsonValue) => ({ type: Type.STRING, rules: { string: rules } });
const uint32 = (rules: JsonValue) => ({ type: Type.UINT32, rules: { uint32: rules } });
const message = (typeName: string, rules: JsonValue) => ({ type: Type.MESSAGE, typeName: `.${typeName}`, rules });
const unset = undefined;

test("a string's length is counted in characters or bytes", () => {
  assert.deepEqual(check(string({ minLen: 2 }), "ab", "😀😀", "😀", "a", unset), [
    "x: must be at least 2 characters long",
    "x: must be at least 2 characters long",
    "x: must be at least 2 characters long",
  ]);
  assert.deepEqual(check(string({ maxLen: 2 }), "ab", "😀😀", unset, "abc"), [
    "x: must be at most 2 characters long, not 3",
  ]);
  assert.deepEqual(check(string({ len: 1 }), "a", "😀", "ab"), ["x: must be 1 character long, not 2"]);
  assert.deepEqual(check(string({ minLen: 1 }), "a", unset), ["x: must be at least 1 character long"]);
  assert.deepEqual(check(string({ minBytes: 2, maxBytes: 3 }), "é", "abc", "a", "éé"), [
    "x: must be at least 2 bytes long",
    "x: must be at most 3 bytes long, not 4",
  ]);
  assert.deepEqual(check(string({ lenBytes: 4 }), "😀", "abc"), ["x: must be 4 bytes long"]);
});

test("a string's parts are checked", () => {
  assert.deepEqual(check(string({ prefix: "/" }), "/a", "a"), ['x: must begin with "/"']);
  assert.deepEqual(check(string({ suffix: "%" }), "5%", "5"), ['x: must end with "%"']);
  assert.deepEqual(check(string({ contains: "." }), "a.b", "ab"), ['x: must contain "."']);
  assert.deepEqual(check(string({ notContains: " " }), "ab", "a b"), ['x: must not contain " "']);
});

test("a string's choices are checked", () => {
  assert.deepEqual(check(string({ in: ["a", "b"] }), "a", "c"), ['x: must be one of "a", "b", not "c"']);
  assert.deepEqual(check(string({ notIn: ["a"] }), "b", "a"), ['x: must not be "a"']);
  assert.deepEqual(check(string({ const: "a" }), "a", unset), ['x: must be "a", not ""']);
});

test("a pattern must match from beginning to end", () => {
  assert.deepEqual(check(string({ pattern: "[a-z]+" }), "abc", "ab1"), ["x: must match [a-z]+"]);
  assert.deepEqual(check(string({ pattern: "^$|^/" }), unset, "/", "/a"), ["x: must match ^$|^/"]);
  assert.deepEqual(check(string({ pattern: "^[^\\x00-\\x1f]*$" }), "a", "a\nb"), ["x: must match ^[^\\x00-\\x1f]*$"]);
});

test("RE2's own syntax is understood", () => {
  const matches = (pattern: string, value: string) => check(string({ pattern }), value).length === 0;
  assert.equal(matches("(?i)abc", "ABC"), true);
  assert.equal(matches("(?P<name>a)\\z", "a"), true);
  assert.equal(matches("\\Aa", "a"), true);
  assert.equal(matches("[[:alpha:]]+", "ab1"), false);
  assert.equal(matches('\\"\\a?\\/\\-', '"/-'), true);
  assert.equal(matches("\\pL+", "x"), true, "a pattern JavaScript cannot say is not enforced");
});

test("HTTP header names and values are checked, strictly unless told otherwise", () => {
  const name = { wellKnownRegex: "HTTP_HEADER_NAME" };
  const value = { wellKnownRegex: "HTTP_HEADER_VALUE" };
  assert.deepEqual(check(string(name), "x-a", ":path", "a b", "ä", "a:b", unset), [
    'x: must be an HTTP header name, such as "x-request-id"',
    'x: must be an HTTP header name, such as "x-request-id"',
    'x: must be an HTTP header name, such as "x-request-id"',
    'x: must be an HTTP header name, such as "x-request-id"',
  ]);
  assert.deepEqual(check(string(value), "a b\t", unset, "a\u0001"), [
    "x: must be an HTTP header value: no control characters but tab",
  ]);
  assert.deepEqual(check(string({ ...name, strict: false }), "a b", unset, "a\nb", "a\u0000"), [
    "x: must not contain NUL, line feed or carriage return",
    "x: must not contain NUL, line feed or carriage return",
  ]);
});

test("well-known forms are checked", () => {
  const cases: [string, string[], string[], string][] = [
    ["ip", ["1.2.3.4", "::1"], ["a", "1.2.3"], "an IP address"],
    ["ipv4", ["1.2.3.4"], ["::1"], "an IPv4 address"],
    ["ipv6", ["::1"], ["1.2.3.4"], "an IPv6 address"],
    ["hostname", ["a", "a-b.example.com."], ["-a", "a_b", `${"a".repeat(64)}.b`], "a host name"],
    ["address", ["a.b", "::1"], ["a b"], "a host name or an IP address"],
    ["email", ["a@b.c"], ["a", "@b", "a@-b"], "an email address"],
    ["uri", ["http://a/b"], ["/a"], "an absolute URI"],
    ["uriRef", ["http://a/b", "/a"], ["http://["], "a URI"],
    ["uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567"], "a UUID"],
  ];
  for (const [form, right, wrong, what] of cases) {
    const expected = wrong.map(() => `x: must be ${what}`);
    assert.deepEqual(check(string({ [form]: true }), ...right, ...wrong), expected);
  }
});

test("ignore_empty lets the default pass", () => {
  assert.deepEqual(check(string({ minLen: 3, ignoreEmpty: true }), unset, "", "a"), [
    "x: must be at least 3 characters long",
  ]);
  assert.deepEqual(check(uint32({ gte: 3, ignoreEmpty: true }), unset, 0, 1), ["x: must be at least 3, not 1"]);
  const list = { type: Type.STRING, label: Label.REPEATED };
  assert.deepEqual(check({ ...list, rules: { repeated: { minItems: 2, ignoreEmpty: true } } }, [], unset, ["a"]), [
    "x: must have at least 2 items",
  ]);
});

test("numbers are held to their bounds, also when they are not set", () => {
  assert.deepEqual(check(uint32({ gt: 0 }), 1, unset), ["x: must be greater than 0, not 0"]);
  assert.deepEqual(check(uint32({ gte: 1, lte: 5 }), 1, 5, 0, 6), [
    "x: must be at least 1 and at most 5, not 0",
    "x: must be at least 1 and at most 5, not 6",
  ]);
  assert.deepEqual(check(uint32({ gt: 1, lt: 5 }), 2, 4, 1, 5), [
    "x: must be greater than 1 and less than 5, not 1",
    "x: must be greater than 1 and less than 5, not 5",
  ]);
  const int64 = (rules: JsonValue) => ({ type: Type.INT64, rules: { int64: rules } });
  assert.deepEqual(check(int64({ lt: "9007199254740993" }), "9007199254740992", "9007199254740993"), [
    "x: must be less than 9007199254740993, not 9007199254740993",
  ]);
  const float = { type: Type.FLOAT, rules: { float: { gte: 0.1 } } };
  assert.deepEqual(check(float, 0.1, 0.2), []);
  const double = { type: Type.DOUBLE, rules: { double: { gte: 0, lte: 100 } } };
  assert.deepEqual(check(double, 100, 100.5), ["x: must be at least 0 and at most 100, not 100.5"]);
  assert.deepEqual(check(double, "NaN"), []);
});

test("bounds the other way round keep values out", () => {
  assert.deepEqual(check(uint32({ lt: 5, gt: 10 }), 4, 11, 5, 10), [
    "x: must be less than 5 or greater than 10, not 5",
    "x: must be less than 5 or greater than 10, not 10",
  ]);
  assert.deepEqual(check(uint32({ lte: 5, gte: 10 }), 5, 10, 6), ["x: must be at most 5 or at least 10, not 6"]);
});

test("numbers are held to their choices", () => {
  assert.deepEqual(check(uint32({ in: [1, 2] }), 1, 3), ["x: must be one of 1, 2, not 3"]);
  assert.deepEqual(check(uint32({ notIn: [3] }), 1, 3), ["x: must not be 3"]);
  assert.deepEqual(check(uint32({ const: 3 }), 3, 1), ["x: must be 3, not 1"]);
});

test("all number types have their rules", () => {
  const names = ["float", "double", "int32", "int64", "uint32", "uint64", "sint32", "sint64"] as const;
  for (const name of [...names, "fixed32", "fixed64", "sfixed32", "sfixed64"] as const) {
    const type = Type[name.toUpperCase() as "FLOAT"]; // the enum has each of them
    assert.deepEqual(check({ type, rules: { [name]: { gte: 1 } } }, 1, 0), ["x: must be at least 1, not 0"], name);
  }
});

test("a boolean can be told what to be", () => {
  assert.deepEqual(check({ type: Type.BOOL, rules: { bool: { const: true } } }, true, false, unset), [
    "x: must be true",
    "x: must be true",
  ]);
});

test("enums are held to what is defined, in and not in", () => {
  const type = { type: Type.ENUM, typeName: ".google.protobuf.FieldDescriptorProto.Label" };
  const name = "google.protobuf.FieldDescriptorProto.Label";
  assert.deepEqual(check({ ...type, rules: { enum: { definedOnly: true } } }, 1, 9, unset), [
    `x: 9 is not a value of ${name}`,
    `x: 0 is not a value of ${name}`,
  ]);
  assert.deepEqual(check({ ...type, rules: { enum: { notIn: [1] } } }, 2, 1), ["x: must not be LABEL_OPTIONAL"]);
  assert.deepEqual(check({ ...type, rules: { enum: { in: [1] } } }, 1, 2), [
    "x: must be LABEL_OPTIONAL, not LABEL_REQUIRED",
  ]);
});

test("bytes are held to their rules", () => {
  const bytes = (rules: JsonValue) => ({ type: Type.BYTES, rules: { bytes: rules } });
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  assert.deepEqual(check(bytes({ minLen: 1, maxLen: 2 }), base64("ab"), unset, base64("abc")), [
    "x: must be at least 1 byte long",
    "x: must be at most 2 bytes long, not 3",
  ]);
  assert.deepEqual(check(bytes({ prefix: base64("a"), suffix: base64("c") }), base64("abc"), base64("ab")), [
    "x: must end with 0x63",
  ]);
  assert.deepEqual(check(bytes({ contains: base64("b") }), base64("abc"), base64("ac")), ["x: must contain 0x62"]);
  assert.deepEqual(check(bytes({ pattern: "[a-c]+" }), base64("abc"), base64("d")), ["x: must match [a-c]+"]);
  assert.deepEqual(check(bytes({ in: [base64("a")] }), base64("a"), base64("b")), ["x: must be 0x61, not 0x62"]);
  assert.deepEqual(check(bytes({ ip: true, ignoreEmpty: true }), unset, base64("abcd"), base64("a")), [
    "x: must be an IP address of 4 or 16 bytes",
  ]);
});

test("lists are held to their size, and to unique items", () => {
  const list = (rules: JsonValue) => ({ type: Type.STRING, label: Label.REPEATED, rules: { repeated: rules } });
  assert.deepEqual(check(list({ minItems: 1, maxItems: 2 }), ["a"], [], unset, ["a", "b", "c"]), [
    "x: must have at least 1 item",
    "x: must have at least 1 item",
    "x: must have at most 2 items, not 3",
  ]);
  assert.deepEqual(check(list({ unique: true }), ["a", "b"], ["a", "b", "a"]), ["x[2]: items must be unique"]);
  assert.deepEqual(check(list({ items: { string: { minLen: 1 } } }), ["a"], ["a", ""]), [
    "x[1]: must be at least 1 character long",
  ]);
});

test("maps are held to their size, their keys and their values", () => {
  const struct = (rules: JsonValue) => {
    const entry = { name: "XEntry", mapEntry: true };
    const key = { name: "key", number: 1, type: Type.STRING };
    const value = { name: "value", number: 2, type: Type.STRING };
    const x = { name: "x", number: 1, type: Type.MESSAGE, typeName: ".test.Holder.XEntry", label: Label.REPEATED };
    const fields = [{ ...x, rules: { map: rules } }];
    return apiOf([{ name: "Holder", fields, messages: [{ ...entry, fields: [key, value] }] }]);
  };
  const problems = (rules: JsonValue, json: unknown) => {
    const encoded = encodeJson("test.Holder", json, { api: struct(rules) });
    return encoded.ok ? [] : encoded.problems.map(formatProblem);
  };
  assert.deepEqual(problems({ minPairs: 1 }, {}), ["x: must have at least 1 entry"]);
  assert.deepEqual(problems({ maxPairs: 1 }, { x: { a: "", b: "" } }), ["x: must have at most 1 entry, not 2"]);
  const rules = { keys: { string: { minLen: 1 } }, values: { string: { prefix: "/" } } };
  assert.deepEqual(problems(rules, { x: { "": "/", a: "b" } }), [
    'x[""]: must be at least 1 character long',
    'x.a: must begin with "/"',
  ]);
});

test("a required message must be set, and is checked inside unless skipped", () => {
  assert.deepEqual(check(message("test.Other", { message: { required: true } }), { y: "a" }, unset, {}), [
    "x: required",
    "x.y: must be at least 1 character long",
  ]);
  assert.deepEqual(check(message("test.Other", { message: { skip: true } }), {}), []);
});

test("a wrapper is checked when it is set", () => {
  const wrapper = message("google.protobuf.UInt32Value", { uint32: { gte: 1 } });
  assert.deepEqual(check(wrapper, unset, 1, 0), ["x: must be at least 1, not 0"]);
  const required = message("google.protobuf.UInt32Value", { message: { required: true } });
  assert.deepEqual(check(required, 0, unset), ["x: required"]);
});

test("durations are held to their bounds when they are set", () => {
  const duration = (rules: JsonValue) => message("google.protobuf.Duration", { duration: rules });
  assert.deepEqual(check(duration({ gt: "0s", lte: "1.5s" }), unset, "1.5s", "0s", "-1s", "1.500000001s"), [
    "x: must be greater than 0s and at most 1.500s, not 0s",
    "x: must be greater than 0s and at most 1.500s, not -1s",
    "x: must be greater than 0s and at most 1.500s, not 1.500000001s",
  ]);
  assert.deepEqual(check(duration({ required: true }), unset, "0s"), ["x: required"]);
  assert.deepEqual(check(duration({ in: ["1s", "2s"] }), "2s", "3s"), ["x: must be one of 1s, 2s, not 3s"]);
  assert.deepEqual(check(duration({ notIn: ["1s"] }), "2s", "1s"), ["x: must not be 1s"]);
});

test("timestamps are held to their bounds and to the present", () => {
  const timestamp = (rules: JsonValue) => message("google.protobuf.Timestamp", { timestamp: rules });
  const past = "2001-01-01T00:00:00Z";
  const future = "9000-01-01T00:00:00Z";
  assert.deepEqual(check(timestamp({ required: true, lt: "2002-01-01T00:00:00Z" }), past, unset, future), [
    "x: required",
    `x: must be less than 2002-01-01T00:00:00Z, not ${future}`,
  ]);
  assert.deepEqual(check(timestamp({ ltNow: true }), past, future), ["x: must be in the past"]);
  assert.deepEqual(check(timestamp({ gtNow: true }), past, future), ["x: must be in the future"]);
  assert.deepEqual(check(timestamp({ within: "3600s" }), new Date().toISOString(), past), [
    "x: must be within 3600s of now",
  ]);
});

test("an Any is held to its types", () => {
  const empty = { "@type": "type.googleapis.com/google.protobuf.Empty" };
  const any = (rules: JsonValue) => message("google.protobuf.Any", { any: rules });
  assert.deepEqual(check(any({ required: true }), empty, unset), ["x: required"]);
  assert.deepEqual(check(any({ in: ["a/b"] }), empty), ['x: the type must be one of "a/b"']);
  const odd = { "@type": { toString: 1, valueOf: 2 } };
  assert.deepEqual(check(any({ in: ["a/b"] }), odd), [
    'x: the type must be one of "a/b"',
    'x.@type: an object is not a type URL; type URLs look like "type.googleapis.com/envoy.config.cluster.v3.Cluster"',
  ]);
  assert.deepEqual(check(any({ notIn: [empty["@type"]] }), empty), [`x: the type must not be "${empty["@type"]}"`]);
});

test("a member of a oneof, and an optional field, are only checked when set", () => {
  assert.deepEqual(check({ ...string({ minLen: 1 }), oneofIndex: 0 }, unset, "a", ""), [
    "x: must be at least 1 character long",
  ]);
  assert.deepEqual(check({ ...uint32({ gt: 0 }), oneofIndex: 0, proto3Optional: true }, unset, 1, 0), [
    "x: must be greater than 0, not 0",
  ]);
});
