import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { WireReader } from "@chancery/envoy-api/wire";
import fc from "fast-check";
import { bodyOf, type Resource, type ResourceInit, toResource } from "./resource.ts";

const cluster = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const length = fc.constantFrom(0, 1, 100, 127, 128, 200, 16_383, 16_384, 20_000);
const text = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1 }),
  length.map((n) => `n${"é".repeat(n)}`),
);

const init: fc.Arbitrary<ResourceInit> = fc.record(
  {
    typeUrl: fc.oneof(fc.constant(cluster), text),
    name: text,
    body: length.map((n) => new Uint8Array(n).fill(7)),
    aliases: fc.array(text, { maxLength: 3 }),
    ttlMs: fc.constantFrom(1, 1500, 60_000),
  },
  { requiredKeys: ["typeUrl", "name"] },
);

test("the entry of a resource says all of it, and its tail is the Any, whose tail is the message", () => {
  fc.assert(
    fc.property(init, (init) => {
      const resource = toResource(init);
      const { entry, anyStart, version } = resource;
      const [whole, ...others] = fieldsOf(entry);
      assert.ok(whole?.number === 2 && others.length === 0);
      const fields = fieldsOf(whole.bytes);
      const texts = (number: number) => fields.filter((field) => field.number === number).map((field) => field.text());
      assert.deepEqual(texts(1), [version]);
      assert.match(version, /^[\da-f]{16}$/);
      assert.deepEqual(texts(3), [resource.name]);
      assert.deepEqual(texts(4), resource.aliases);
      assert.equal(texts(6).length, init.ttlMs === undefined ? 0 : 1);
      const any = fields.filter(({ number }) => number === 2);
      assert.equal(any.length, init.body === undefined ? 0 : 1);
      if (init.body === undefined) return;
      assert.deepEqual(fieldsOf(entry.subarray(anyStart))[0]?.bytes, any[0]?.bytes);
      const [typeUrl, value] = fieldsOf(any[0]?.bytes ?? new Uint8Array());
      assert.equal(typeUrl?.text(), init.typeUrl);
      assert.ok(Buffer.from(init.body).equals(value?.bytes ?? new Uint8Array()));
      assert.ok(Buffer.from(init.body).equals(bodyOf(resource)));
    }),
    { numRuns: 300 },
  );
});

test("equal content is one object, other content has another version", () => {
  const init = { typeUrl: cluster, name: "one-object", body: Uint8Array.of(1, 2) };
  assert.equal(toResource(init), toResource({ ...init, body: Uint8Array.of(1, 2) }));
  const others = [
    { ...init, body: Uint8Array.of(1, 3) },
    { ...init, name: "two" },
    { ...init, aliases: ["a"] },
    { ...init, ttlMs: 1 },
    { ...init, typeUrl: "type.googleapis.com/x" },
  ];
  const versions = [init, ...others].map((init) => toResource(init).version);
  assert.equal(new Set(versions).size, versions.length);
});

test("a version is 64 bits of a SHA-256 of the entry without it, whatever is asked for first", () => {
  const orders: readonly (keyof Resource)[][] = [["version"], ["entry"], ["any", "version"], ["body", "entry"]];
  for (const [i, order] of orders.entries()) {
    for (const size of [10, 150, 5000]) {
      const init = { typeUrl: cluster, name: `order-${i}-${size}`, body: new Uint8Array(size).fill(i) };
      const resource = toResource(init);
      for (const field of order) assert.ok(resource[field]);
      const { entry, version } = resource;
      const bare = Buffer.from(entry);
      bare.fill("0", bare.indexOf(version), bare.indexOf(version) + version.length);
      assert.equal(version, hash("sha256", bare).slice(0, 16));
      assert.equal(toResource(init), resource, "and it is found again");
    }
  }
});

test("a version stays what it is from release to release", () => {
  const { version } = toResource({ typeUrl: cluster, name: "a", body: Uint8Array.of(1, 2, 3) });
  assert.equal(version, "f085946edc12eec8");
});

test("a name that UTF-8 cannot carry is refused, and the next resource is whole", () => {
  assert.throws(() => toResource({ typeUrl: cluster, name: "\ud800" }));
  const { entry } = toResource({ typeUrl: cluster, name: "after" });
  assert.equal(fieldsOf(entry)[0]?.bytes.length, entry.length - 2);
});

test("resources keep little more alive than themselves, whatever is read and written between them", () => {
  const resources = Array.from({ length: 1000 }, (_, i) => {
    Buffer.allocUnsafe(3000);
    return toResource({ typeUrl: cluster, name: `beside-${i}`, body: new Uint8Array(200).fill(i) });
  });
  const own = resources.reduce((sum, { entry }) => sum + entry.length, 0);
  const kept = [...new Set(resources.map(({ entry }) => entry.buffer))].reduce(
    (sum, buffer) => sum + buffer.byteLength,
    0,
  );
  assert.ok(kept < own * 1.2, `${kept} bytes are kept for ${own}`);
});

function fieldsOf(bytes: Uint8Array) {
  const reader = new WireReader(bytes);
  const fields: { readonly number: number; readonly bytes: Uint8Array; text(): string }[] = [];
  while (!reader.done) {
    const number = reader.tag() >>> 3;
    const bytes = reader.bytes();
    fields.push({ number, bytes, text: () => Buffer.from(bytes).toString() });
  }
  return fields;
}
