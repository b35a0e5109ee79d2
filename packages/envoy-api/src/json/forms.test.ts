import assert from "node:assert/strict";
import { test } from "node:test";
import { WireWriter } from "../wire/index.ts";
import { encodeJson } from "./encode.ts";
import { formatProblem } from "./problem.ts";

/** The bytes of a message as hexadecimal, or its problems, one a line. */
function encode(type: string, json: unknown): string {
  const encoded = encodeJson(type, json, { validate: false });
  if (!encoded.ok) return encoded.problems.map(formatProblem).join("\n");
  return Buffer.from(encoded.bytes).toString("hex");
}

const wrapped = (type: string) => (json: unknown) => encode(`google.protobuf.${type}Value`, json);
const uint32 = wrapped("UInt32");
const int32 = wrapped("Int32");
const uint64 = wrapped("UInt64");
const int64 = wrapped("Int64");
const double = wrapped("Double");
const float = wrapped("Float");
const bool = wrapped("Bool");
const string = wrapped("String");
const bytes = wrapped("Bytes");
const duration = (json: unknown) => encode("google.protobuf.Duration", json);
const timestamp = (json: unknown) => encode("google.protobuf.Timestamp", json);
const value = (json: unknown) => encode("google.protobuf.Value", json);
const any = (json: unknown) => encode("google.protobuf.Any", json);

test("fields go by their proto name and their JSON name", () => {
  const type = "envoy.config.endpoint.v3.ClusterLoadAssignment";
  assert.equal(encode(type, { cluster_name: "a" }), "0a0161");
  assert.equal(encode(type, { clusterName: "a" }), "0a0161");
});

test("null and undefined are unset", () => {
  const type = "envoy.config.cluster.v3.Cluster";
  assert.equal(encode(type, { name: null, connect_timeout: null, health_checks: null, metadata: undefined }), "");
});

test("defaults of fields without presence are left out, of fields with presence written", () => {
  assert.equal(encode("envoy.config.core.v3.SocketAddress", { address: "", protocol: "TCP" }), "");
  assert.equal(encode("envoy.config.core.v3.SocketAddress", { port_value: 0 }), "1800");
  assert.equal(encode("envoy.type.matcher.v3.StringMatcher", { exact: "" }), "0a00");
});

test("32-bit integers are numbers, numbers with an exponent or point, and text", () => {
  for (const twelve of [12, 12.0, 1.2e1, "12", "12.0", "1.2e1", "120e-1", 12n]) assert.equal(uint32(twelve), "080c");
  assert.equal(int32(-1), "08ffffffffffffffffff01");
  assert.equal(uint32(0), "");
  assert.equal(uint32(-0), "");
  assert.equal(uint32("-0"), "");
});

test("32-bit integers that are no integers, or out of range, are problems", () => {
  const problem = (said: string) => `must be a whole number from 0 to 4294967295, not ${said}`;
  assert.equal(uint32(4294967296), problem("4294967296"));
  assert.equal(uint32(-1), problem("-1"));
  assert.equal(uint32(1.5), problem("1.5"));
  assert.equal(uint32("1.5"), problem('"1.5"'));
  assert.equal(uint32("abc"), problem('"abc"'));
  assert.equal(uint32(" 1"), problem('" 1"'));
  assert.equal(uint32("0x10"), problem('"0x10"'));
  assert.equal(uint32("01"), problem('"01"'));
  assert.equal(uint32(""), problem('""'));
  assert.equal(uint32(true), problem("true"));
  assert.equal(uint32([1]), problem("a list"));
  assert.equal(uint32({}), problem("an object"));
  assert.equal(uint32("1e1000000000"), problem('"1e1000000000"'));
  assert.equal(int32(2147483648), "must be a whole number from -2147483648 to 2147483647, not 2147483648");
});

test("64-bit integers are text, numbers JavaScript holds exactly, and bigints", () => {
  for (const one of [1, "1", 1n, "1e0"]) assert.equal(int64(one), "0801");
  assert.equal(uint64("18446744073709551615"), "08ffffffffffffffffff01");
  assert.equal(uint64(18446744073709551615n), "08ffffffffffffffffff01");
  assert.equal(int64("-9223372036854775808"), "0880808080808080808001");
  assert.equal(int64("9007199254740993"), "088180808080808010");
});

test("64-bit integers out of range, or rounded before they came here, are problems", () => {
  const rounded = "may have lost digits; write numbers above 9007199254740991 in quotes";
  assert.equal(uint64(2 ** 64), `the number 18446744073709552000 ${rounded}`);
  assert.equal(
    uint64("18446744073709551616"),
    'must be a whole number from 0 to 18446744073709551615, not "18446744073709551616"',
  );
});

test("floating point numbers are numbers, text, and the words for what is no number", () => {
  assert.equal(double(1.5), "09000000000000f83f");
  assert.equal(double("1.5"), "09000000000000f83f");
  assert.equal(double("15e-1"), "09000000000000f83f");
  assert.equal(double(-0), "090000000000000080");
  assert.equal(double(0), "");
  assert.equal(double("NaN"), "09000000000000f87f");
  assert.equal(double("Infinity"), "09000000000000f07f");
  assert.equal(double("-Infinity"), "09000000000000f0ff");
  assert.equal(float(0.1), "0dcdcccc3d");
  assert.equal(float("-Infinity"), "0d000080ff");
});

test("floating point numbers out of range, or other words, are problems", () => {
  assert.equal(float(3.5e38), '3.5e+38 is out of range; infinity is written "Infinity"');
  assert.equal(double(JSON.parse("1e999")), 'Infinity is out of range; infinity is written "Infinity"');
  assert.equal(double("1e999"), '"1e999" is out of range; infinity is written "Infinity"');
  assert.equal(double("infinity"), 'must be a number, not "infinity"');
  assert.equal(double(true), "must be a number, not true");
});

test("booleans are true and false and nothing else", () => {
  assert.equal(bool(true), "0801");
  assert.equal(bool(false), "");
  assert.equal(bool("true"), 'must be true or false, not "true"; write true without quotes');
  assert.equal(bool(1), "must be true or false, not 1");
});

test("text is any Unicode, but no half of a surrogate pair", () => {
  assert.equal(string("😀"), "0a04f09f9880");
  assert.equal(string("\ud83d"), "must be valid Unicode, but has half of a surrogate pair");
  assert.equal(string(8080), 'must be a string, not 8080; write "8080" in quotes');
  assert.equal(string(["a"]), "must be a string, not a list");
});

test("bytes are base64 of either alphabet, with padding or without", () => {
  for (const text of ["+/8=", "+/8", "-_8=", "-_8"]) assert.equal(bytes(text), "0a02fbff");
  assert.equal(bytes(""), "");
  for (const text of ["a", "a===", "ab=", "a b=", "ab==c", "=", "äb=="]) {
    assert.equal(bytes(text), `must be bytes in base64, not ${JSON.stringify(text)}`);
  }
});

test("enums are names or numbers, also numbers without a name", () => {
  const type = "envoy.config.cluster.v3.Cluster";
  assert.equal(encode(type, { type: "EDS" }), "1003");
  assert.equal(encode(type, { type: 3 }), "1003");
  assert.equal(encode(type, { type: 1000 }), "10e807");
  assert.equal(encode(type, { type: "eds" }), 'type: unknown value "eds"; did you mean "EDS"?');
  assert.equal(
    encode("envoy.config.core.v3.SocketAddress", { protocol: "SCTP" }),
    'protocol: unknown value "SCTP"; did you mean "TCP"?',
  );
  assert.equal(
    encode("envoy.config.core.v3.SocketAddress", { protocol: "QUICK" }),
    'protocol: unknown value "QUICK"; one of TCP, UDP',
  );
});

test("durations are seconds with up to nine digits behind the point", () => {
  assert.equal(duration("1s"), "0801");
  assert.equal(duration("1.5s"), "08011080cab5ee01");
  assert.equal(duration("0.000000001s"), "1001");
  assert.equal(duration("-0.5s"), "1080b6ca91feffffffff01");
  assert.equal(duration("-1s"), "08ffffffffffffffffff01");
  assert.equal(duration("0s"), "");
  assert.equal(duration("-0s"), "");
  assert.equal(duration("315576000000s"), "0880bcaece9709");
  assert.equal(duration("315576000001s"), '"315576000001s" is out of range; durations go up to 315576000000 seconds');
  for (const wrong of ["1", "1m", "100ms", "1.0000000001s", "s", ".5s", "1.s", "+1s", "1 s", "", 5]) {
    assert.equal(
      duration(wrong),
      `must be a duration, not ${JSON.stringify(wrong)}; durations are in seconds: "0.25s", "300s"`,
    );
  }
});

test("times are RFC 3339, with an offset too", () => {
  assert.equal(timestamp("1970-01-01T00:00:01Z"), "0801");
  assert.equal(timestamp("1970-01-01T01:00:01.5+01:00"), "08011080cab5ee01");
  assert.equal(timestamp("1969-12-31T23:00:01-01:00"), "0801");
  assert.equal(timestamp("1969-12-31T23:59:59.000000001Z"), "08ffffffffffffffffff011001");
  assert.equal(timestamp("0001-01-01T00:00:00Z"), "088092b8c398feffffff01");
  assert.equal(timestamp("9999-12-31T23:59:59.999999999Z"), "08ff82d1ffaf0710ff93ebdc03");
  assert.equal(
    timestamp("0001-01-01T00:00:00+01:00"),
    '"0001-01-01T00:00:00+01:00" is out of range; times lie between the years 1 and 9999',
  );
  const wrongs = ["2024-02-30T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01", "2024-01-01T00:00:00", "now", 0];
  for (const wrong of [...wrongs, "2024-01-01t00:00:00z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00+24:00"]) {
    assert.equal(
      timestamp(wrong),
      `must be a time, not ${JSON.stringify(wrong)}; times are written as "2024-05-01T12:00:00Z"`,
    );
  }
});

test("field masks are paths in camel case", () => {
  const mask = (json: unknown) => encode("google.protobuf.FieldMask", json);
  assert.equal(mask("a.fooBar,b"), Buffer.from("\n\ta.foo_bar\n\x01b").toString("hex"));
  assert.equal(mask(""), "");
  assert.equal(mask("foo_bar"), 'must be a list of paths, not "foo_bar"; field masks are written as "a.b,cD"');
});

test("a Value is any JSON, null too", () => {
  assert.equal(value(null), "0800");
  assert.equal(value(1.5), "11000000000000f83f");
  assert.equal(value("a"), "1a0161");
  assert.equal(value(false), "2000");
  assert.equal(value([null]), "32040a020800");
  assert.equal(value({ a: {} }), "2a090a070a016112022a00");
  assert.equal(value(Number.NaN), "must be a finite number, not NaN");
  assert.equal(value(undefined), "must be JSON, not undefined");
});

test("a Struct is an object, its keys sorted; a ListValue is a list", () => {
  const struct = (json: unknown) => encode("google.protobuf.Struct", json);
  assert.equal(struct({ b: null, a: null }), "0a070a016112020800" + "0a070a016212020800");
  assert.equal(struct([]), "must be an object, not a list");
  assert.equal(struct({ "\udfff": 1 }), '["\\udfff"]: must be valid Unicode, but has half of a surrogate pair');
  assert.equal(encode("google.protobuf.ListValue", [true]), "0a022001");
  assert.equal(encode("google.protobuf.ListValue", {}), "must be a list, not an object");
});

test("an Any holds a message by its type URL, whatever stands before the slash", () => {
  const url = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
  const expected = (type: string) =>
    Buffer.from(
      new WireWriter()
        .raw(Uint8Array.of(10))
        .string(type)
        .raw(Uint8Array.of(18, 3, 10, 1, 97))
        .finish(),
    );
  assert.equal(any({ "@type": url, cluster_name: "a" }), expected(url).toString("hex"));
  assert.equal(any({ cluster_name: "a", "@type": url }), expected(url).toString("hex"));
  const other = "example.com/x/envoy.config.endpoint.v3.ClusterLoadAssignment";
  assert.equal(any({ "@type": other, cluster_name: "a" }), expected(other).toString("hex"));
});

test("an Any of a type with a JSON form of its own has it under value", () => {
  const holding = (type: string, content: string) =>
    Buffer.from(`\n${String.fromCharCode(type.length)}${type}`).toString("hex") + content;
  const duration = "type.googleapis.com/google.protobuf.Duration";
  assert.equal(any({ "@type": duration, value: "1s" }), holding(duration, "12020801"));
  const boolean = "type.googleapis.com/google.protobuf.BoolValue";
  assert.equal(any({ "@type": boolean, value: true }), holding(boolean, "12020801"));
  const empty = "type.googleapis.com/google.protobuf.Empty";
  assert.equal(any({ "@type": empty }), holding(empty, ""));
  assert.equal(any({ "@type": empty, value: {} }), holding(empty, ""));
  const value = "type.googleapis.com/google.protobuf.Value";
  assert.equal(any({ "@type": value, value: null }), holding(value, "12020800"));
  assert.equal(any({ "@type": duration }), "value: required");
  assert.equal(any({ "@type": duration, value: "1s", b: 1 }), 'unknown field "b"; the message is in "value"');
});

test("an Any in an Any nests", () => {
  const url = "type.googleapis.com/google.protobuf.Any"; // 39 bytes
  const inner = "type.googleapis.com/google.protobuf.Empty"; // 41 bytes
  const expected = Buffer.from(`\n\x27${url}\x12\x2b\n\x29${inner}`);
  assert.equal(any({ "@type": url, value: { "@type": inner } }), expected.toString("hex"));
});

test("an Any with nothing in it is an empty Any", () => {
  assert.equal(any({}), "");
});

test("map entries are sorted by their keys and hold no null", () => {
  const metadata = (json: unknown) => encode("envoy.config.core.v3.Metadata", { filter_metadata: json });
  assert.equal(metadata({ b: {}, a: {} }), "0a050a01611200" + "0a050a01621200");
  assert.equal(metadata({ a: null }), "filter_metadata.a: must not be null");
  assert.equal(metadata([]), "filter_metadata: must be an object, not a list");
});

test("lists are lists, and null is no item", () => {
  const type = "envoy.config.route.v3.VirtualHost";
  assert.equal(encode(type, { domains: ["a", "b"] }), "12016112" + "0162");
  assert.equal(encode(type, { domains: [] }), "");
  assert.equal(encode(type, { domains: "a" }), 'domains: must be a list, not "a"');
  assert.equal(encode(type, { domains: [null] }), "domains[0]: must be a string, not null");
  assert.equal(encode(type, { routes: [null] }), "routes[0]: must not be null");
});

test("lists of numbers are packed where the proto file does not say otherwise", () => {
  assert.equal(encode("google.protobuf.SourceCodeInfo.Location", { path: [1, "2"] }), "0a020102");
  assert.equal(encode("google.protobuf.FileDescriptorProto", { public_dependency: [1, 2] }), "50015002");
  assert.equal(encode("google.protobuf.FileDescriptorProto", { public_dependency: [] }), "");
});

test("bytes do not depend on the order of keys", () => {
  const type = "envoy.config.cluster.v3.Cluster";
  const forwards = { name: "a", type: "EDS", connect_timeout: "1s", lb_policy: "RANDOM" };
  const backwards = Object.fromEntries(Object.entries(forwards).reverse());
  assert.equal(encode(type, forwards), "0a0161100322" + "020801" + "3003");
  assert.equal(encode(type, backwards), encode(type, forwards));
});
