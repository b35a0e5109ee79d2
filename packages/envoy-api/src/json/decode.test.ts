import assert from "node:assert/strict";
import { test } from "node:test";
import { FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type } from "@bufbuild/protobuf/wkt";
import { WireError, WireType, WireWriter } from "../wire/index.ts";
import { type DecodeOptions, decodeToJson } from "./decode.ts";
import { encodeJson } from "./encode.ts";
import { apiOf } from "./testdata/made-up-api.ts";

function encode(type: string, json: unknown): Uint8Array {
  const encoded = encodeJson(type, json, { validate: false });
  if (!encoded.ok) assert.fail(JSON.stringify(encoded.problems));
  return encoded.bytes;
}

const again = (type: string, json: unknown, options?: DecodeOptions) => decodeToJson(type, encode(type, json), options);

const secretType = "envoy.extensions.transport_sockets.tls.v3.Secret";
const redactedBytes = Buffer.from("[redacted]").toString("base64");

test("names are those of the proto file, or camel case when asked for", () => {
  const json = { name: "a", connectTimeout: "1s" };
  assert.deepEqual(again("envoy.config.cluster.v3.Cluster", json), { name: "a", connect_timeout: "1s" });
  assert.deepEqual(again("envoy.config.cluster.v3.Cluster", json, { names: "json" }), json);
});

test("values have the JSON forms of proto3", () => {
  const cluster = {
    type: "EDS",
    connect_timeout: "-0.000001s",
    per_connection_buffer_limit_bytes: 0,
    common_lb_config: { healthy_panic_threshold: { value: 0.5 } },
    wait_for_warm_on_init: false,
  };
  assert.deepEqual(again("envoy.config.cluster.v3.Cluster", cluster), cluster);
  assert.equal(again("google.protobuf.UInt64Value", "18446744073709551615"), "18446744073709551615");
  assert.equal(again("google.protobuf.FloatValue", 0.1), 0.1);
  assert.equal(again("google.protobuf.DoubleValue", "-Infinity"), "-Infinity");
  assert.equal(again("google.protobuf.DoubleValue", "NaN"), "NaN");
  assert.equal(again("google.protobuf.BytesValue", "-_8"), "+/8=");
  assert.equal(again("google.protobuf.StringValue", ""), "");
  assert.equal(again("google.protobuf.FieldMask", "a.bC,d"), "a.bC,d");
  assert.deepEqual(again("google.protobuf.Empty", {}), {});
  for (const time of ["2024-05-01T12:00:00Z", "1969-12-31T23:59:59.120Z", "0001-01-01T00:00:00.000000001Z"]) {
    assert.equal(again("google.protobuf.Timestamp", time), time);
  }
  for (const duration of ["0s", "1s", "-1.500s", "0.000001s", "-0.000000001s", "315576000000s"]) {
    assert.equal(again("google.protobuf.Duration", duration), duration);
  }
  const value = { a: [null, true, 1.5, "x", {}, []] };
  assert.deepEqual(again("google.protobuf.Struct", value), value);
});

test("an Any is expanded, and one in another too", () => {
  const json = {
    "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
    name: "a",
    typed_config: { "@type": "type.googleapis.com/google.protobuf.Duration", value: "1s" },
  };
  assert.deepEqual(again("google.protobuf.Any", json), json);
  assert.deepEqual(again("google.protobuf.Any", {}), {});
  const empty = { "@type": "type.googleapis.com/google.protobuf.Empty" };
  assert.deepEqual(again("google.protobuf.Any", empty), empty);
});

function anyOf(url: string, value: Uint8Array): Uint8Array {
  return new WireWriter().tag(1, WireType.Bytes).string(url).tag(2, WireType.Bytes).bytes(value).finish();
}

test("an Any of an unknown type, or that cannot be read, is shown as its bytes", () => {
  const unknown = anyOf("example.com/not.Known", Uint8Array.of(1, 2));
  assert.deepEqual(decodeToJson("google.protobuf.Any", unknown), { "@type": "example.com/not.Known", value: "AQI=" });
  const url = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
  const broken = anyOf(url, Uint8Array.of(10, 9));
  assert.deepEqual(decodeToJson("google.protobuf.Any", broken), { "@type": url, value: "Cgk=" });
});

test("redacted, an Any of an unknown type shows nothing but its type and a hash", () => {
  const unknown = anyOf("example.com/not.Known", Uint8Array.of(1, 2));
  assert.deepEqual(decodeToJson("google.protobuf.Any", unknown, { redact: true }), {
    "@type": "example.com/not.Known",
    sha256: "a12871fee210fb8619291eaea194581cbd2531e4b23759d225f6806923f63222",
  });
});

test("redacted, sensitive fields are hidden and everything else is shown", () => {
  const secret = {
    name: "server",
    tls_certificate: {
      certificate_chain: { filename: "cert.pem" },
      private_key: { inline_bytes: "c2VjcmV0" },
      password: { inline_string: "secret" },
    },
  };
  assert.deepEqual(again(secretType, secret), secret);
  assert.deepEqual(again(secretType, secret, { redact: true }), {
    name: "server",
    tls_certificate: {
      certificate_chain: { filename: "cert.pem" },
      private_key: { inline_bytes: redactedBytes },
      password: { inline_string: "[redacted]" },
    },
  });
});

test("redacted, a sensitive map keeps its keys and loses its values", () => {
  const secret = { generic_secret: { secrets: { a: { inline_string: "secret" }, b: { filename: "b" } } } };
  assert.deepEqual(again(secretType, secret, { redact: true }), {
    generic_secret: { secrets: { a: { inline_string: "[redacted]" }, b: { filename: "[redacted]" } } },
  });
});

test("redacted, secrets of every kind are hidden or gone", () => {
  const secret = (name: string, number: number, type: Type, typeName = "") => ({
    name,
    number,
    type,
    typeName,
    sensitive: true,
  });
  const message = (name: string, number: number, type: string) =>
    secret(name, number, Type.MESSAGE, `.google.protobuf.${type}`);
  const api = apiOf([
    {
      name: "Holder",
      fields: [
        secret("number", 1, Type.UINT32),
        { ...secret("texts", 2, Type.STRING), label: Label.REPEATED },
        { ...secret("numbers", 3, Type.UINT32), label: Label.REPEATED },
        message("struct", 4, "Struct"),
        message("wrapped_text", 5, "StringValue"),
        message("wrapped_number", 6, "UInt64Value"),
        message("duration", 7, "Duration"),
        message("timestamp", 8, "Timestamp"),
        message("any", 9, "Any"),
        secret("bytes", 10, Type.BYTES),
        { name: "open", number: 11, type: Type.STRING },
      ],
    },
  ]);
  const json = {
    number: 1,
    texts: ["a", "b"],
    numbers: [1, 2],
    struct: { a: "b", c: 1, d: [true, "e", { f: null }] },
    wrapped_text: "a",
    wrapped_number: "5",
    duration: "5s",
    timestamp: "2024-05-01T12:00:00Z",
    any: { "@type": "type.googleapis.com/google.protobuf.StringValue", value: "a" },
    bytes: "c2VjcmV0",
    open: "a",
  };
  const encoded = encodeJson("test.Holder", json, { api });
  assert.ok(encoded.ok);
  assert.deepEqual(decodeToJson("test.Holder", encoded.bytes, { api }), json);
  assert.deepEqual(decodeToJson("test.Holder", encoded.bytes, { api, redact: true }), {
    texts: ["[redacted]", "[redacted]"],
    struct: { a: "[redacted]", c: null, d: [null, "[redacted]", { f: null }] },
    wrapped_text: "[redacted]",
    wrapped_number: "0",
    duration: "0s",
    timestamp: "1970-01-01T00:00:00Z",
    any: { "@type": "type.googleapis.com/google.protobuf.StringValue", value: "[redacted]" },
    bytes: redactedBytes,
    open: "a",
  });
});

test("redacted, secrets within an Any and a TypedStruct are hidden", () => {
  const secret = { tls_certificate: { private_key: { inline_string: "secret" } } };
  const hidden = { tls_certificate: { private_key: { inline_string: "[redacted]" } } };
  const url = `type.googleapis.com/${secretType}`;
  assert.deepEqual(again("google.protobuf.Any", { "@type": url, ...secret }, { redact: true }), {
    "@type": url,
    ...hidden,
  });
  for (const type of ["xds.type.v3.TypedStruct", "udpa.type.v1.TypedStruct"]) {
    const struct = { type_url: url, value: secret };
    assert.deepEqual(again(type, struct), struct);
    assert.deepEqual(again(type, struct, { redact: true }), { type_url: url, value: hidden });
    const nested = { "@type": `type.googleapis.com/${type}`, ...struct };
    assert.deepEqual(again("google.protobuf.Any", nested, { redact: true }), { ...nested, value: hidden });
  }
});

test("redacted, a TypedStruct that stands for no known type shows a hash", () => {
  const json = again(
    "xds.type.v3.TypedStruct",
    { type_url: "x/not.Known", value: { key: "secret" } },
    { redact: true },
  );
  assert.deepEqual(json, {
    type_url: "x/not.Known",
    value: { sha256: "5cfe134a1e022f38d272444a21d2ddd7fe744e32cbade6e92d33f13290e2f552" },
  });
});

test("fields come in the order of their numbers, whatever the order of the bytes", () => {
  const bytes = Buffer.from("2200" + "10030a0161", "hex"); // connect_timeout, type, name
  const json = decodeToJson("envoy.config.cluster.v3.Cluster", bytes);
  assert.equal(JSON.stringify(json), '{"name":"a","type":"EDS","connect_timeout":"0s"}');
});

test("of a scalar the last occurrence counts, occurrences of a message are merged", () => {
  const twice = Buffer.from("0a01610a0162" + "22020801" + "22021064", "hex");
  assert.deepEqual(decodeToJson("envoy.config.cluster.v3.Cluster", twice), {
    name: "b",
    connect_timeout: "1.000000100s",
  });
});

test("of a oneof the last member counts", () => {
  const both = Buffer.from("0a0161" + "1a0162", "hex"); // filename, inline_string
  assert.deepEqual(decodeToJson("envoy.config.core.v3.DataSource", both), { inline_string: "b" });
});

test("lists of numbers are read packed and not", () => {
  const bytes = Buffer.from("0a020102" + "0803", "hex");
  assert.deepEqual(decodeToJson("google.protobuf.SourceCodeInfo.Location", bytes), { path: [1, 2, 3] });
});

test("unknown fields, groups and fields of another wire type are left out", () => {
  const bytes = Buffer.from("0a0161" + "fa3f0161" + "c33ec43e" + "0801", "hex");
  assert.deepEqual(decodeToJson("envoy.config.cluster.v3.Cluster", bytes), { name: "a" });
});

test("an enum value without a name is a number", () => {
  assert.deepEqual(decodeToJson("envoy.config.cluster.v3.Cluster", Uint8Array.of(16, 99)), { type: 99 });
});

test("bytes that are no message are a WireError, a type that is not known a RangeError", () => {
  for (const hex of ["0a05", "0a", "0aff", "80", "0a01ff", "00", "0c", "2205"]) {
    assert.throws(() => decodeToJson("envoy.config.cluster.v3.Cluster", Buffer.from(hex, "hex")), WireError, hex);
  }
  assert.throws(
    () => decodeToJson("google.protobuf.Duration", Buffer.from("08011001", "hex").subarray(0, 3)),
    WireError,
  );
  assert.throws(
    () => decodeToJson("google.protobuf.Duration", encode("google.protobuf.Int64Value", 2 ** 50)),
    WireError,
  );
  assert.throws(
    () => decodeToJson("google.protobuf.Timestamp", encode("google.protobuf.Int64Value", 2 ** 50)),
    WireError,
  );
  assert.throws(() => decodeToJson("not.Known", new Uint8Array()), RangeError);
});

test("messages that nest without end are a WireError", () => {
  let bytes = new Uint8Array();
  for (let level = 0; level < 2000; level++) {
    bytes = new WireWriter().tag(6, WireType.Bytes).fork().tag(1, WireType.Bytes).bytes(bytes).join().finish();
  }
  assert.throws(() => decodeToJson("google.protobuf.Value", bytes), WireError);
});
