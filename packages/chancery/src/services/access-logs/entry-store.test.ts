import assert from "node:assert/strict";
import { test } from "node:test";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { readLogRecord } from "@chancery/xds/services";
import { EntryStore } from "./entry-store.ts";
import { toOtelEntry } from "./otel-entry.ts";
import { keep } from "./record.ts";
import { httpEntry } from "./testdata/records.ts";

const path = (text: string) => httpEntry({ request: { path: text } });

test("entries are there until they are dropped, whatever comes and goes between", () => {
  const store = new EntryStore();
  const [slots, count] = [50, 5_000];
  const textOf = (id: number) => `/${id}/${"x".repeat(id % 400)}`;
  for (let id = 0; id < count; id++) {
    if (id >= slots) store.drop(id % slots);
    store.put(id % slots, path(textOf(id)));
    for (const other of [id, Math.max(id - slots + 1, 0)]) {
      assert.equal(store.get(other % slots)?.path, textOf(other));
    }
  }
  const entry = store.get(0);
  assert.deepEqual([store.drop(0), store.drop(0)], [entry?.size, 0]);
});

test("a copy stays when its entry is dropped and its memory used again", () => {
  const store = new EntryStore();
  store.put(0, path("/first"));
  const copy = store.get(0)?.copy?.();
  store.drop(0);
  assert.equal(store.get(0), undefined);
  store.put(0, path("/other"));
  assert.equal(copy?.path, "/first");
});

test("an entry that is larger than a piece of memory is kept all the same", () => {
  const store = new EntryStore();
  const long = `/${"x".repeat(400_000)}`;
  store.put(0, path(long));
  store.put(1, path("/short"));
  assert.deepEqual([store.get(0)?.path, store.get(1)?.path], [long, "/short"]);
});

test("a record of OpenTelemetry is read again from its bytes, and a record that is kept stays", () => {
  const store = new EntryStore();
  const entry = toOtelEntry(readLogRecord(logRecord({ path: "/otel", secret: "x" }, "said")));
  store.put(0, entry);
  const source = { node: "", cluster: "", log: "" };
  const found = store.get(0);
  assert(found !== undefined);
  const kept = keep({ id: 1, receivedMs: 0, source, entry: found });
  store.drop(0);
  store.put(0, path(`/${"y".repeat(200)}`));
  assert.deepEqual(kept.entry, { ...entry, encoded: undefined });
  assert.deepEqual([kept.entry.path, kept.entry.body], ["/otel", "said"]);
});

/** A `LogRecord` with attributes that are texts. */
function logRecord(attributes: Readonly<Record<string, string>>, body: string): Uint8Array {
  const value = (text: string) => new WireWriter().tag(1, WireType.Bytes).string(text).finish();
  const record = new WireWriter().tag(5, WireType.Bytes).bytes(value(body));
  for (const [key, text] of Object.entries(attributes)) {
    const attribute = new WireWriter().tag(1, WireType.Bytes).string(key).tag(2, WireType.Bytes).bytes(value(text));
    record.tag(6, WireType.Bytes).bytes(attribute.finish());
  }
  return record.finish();
}
