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
