import assert from "node:assert/strict";
import { test } from "node:test";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { readRequest } from "./request.ts";

const typeUrlField = 4;
const namesField = 3;

test("names are read wherever they stand among the other fields", () => {
  const writer = new WireWriter();
  writer.tag(namesField, WireType.Bytes).string("a").tag(typeUrlField, WireType.Bytes).string("t");
  writer.tag(namesField, WireType.Bytes).string("b").tag(namesField, WireType.Bytes).string("c");
  writer.tag(typeUrlField, WireType.Bytes).string("u").tag(namesField, WireType.Bytes).string("d");
  const { typeUrl, subscribe } = readRequest("sotw", writer.finish());
  assert.deepEqual([typeUrl, [...subscribe.names]], ["u", ["a", "b", "c", "d"]]);
});

test("a list that is repeated is the same object, whatever follows it", () => {
  const write = (...names: readonly string[]) => {
    const writer = new WireWriter();
    for (const name of names) writer.tag(namesField, WireType.Bytes).string(name);
    return writer.tag(typeUrlField, WireType.Bytes).string("t").finish();
  };
  const { subscribe: list } = readRequest("sotw", write("a", "b"));
  const { subscribe: other } = readRequest("sotw", write("a"));
  const read = (...names: readonly string[]) =>
    readRequest("sotw", write(...names), { findList: (isIt) => [other, list].find(isIt) });
  assert.equal(read("a", "b").subscribe, list);
  assert.deepEqual([...read("a", "b", "c").subscribe.names], ["a", "b", "c"]);
  assert.deepEqual([...read("b").subscribe.names], ["b"]);
  assert.equal(read("a", "b").typeUrl, "t");
});

test("a request costs what it is long, also if every name stands apart", () => {
  const count = 40_000;
  const writer = new WireWriter();
  for (let i = 0; i < count; i++) {
    writer.tag(namesField, WireType.Bytes).string(`n${i}`).tag(typeUrlField, WireType.Bytes).string("t");
  }
  const bytes = writer.finish();
  const before = process.cpuUsage();
  assert.equal(readRequest("sotw", bytes).subscribe.names.size, count);
  // Copying what came before for every name would take seconds.
  assert.ok(process.cpuUsage(before).user < 1_500_000);
});
