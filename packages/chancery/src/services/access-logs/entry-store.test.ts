import assert from "node:assert/strict";
import { test } from "node:test";
import { EntryStore } from "./entry-store.ts";
import { toOtelEntry } from "./otel-entry.ts";
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

test("an entry that is no bytes is kept as it is", () => {
  const store = new EntryStore();
  const record = { resource: {}, timeMs: 0, severity: "", body: null, attributes: { path: "/otel" } };
  const entry = toOtelEntry({ ...record, traceId: "", spanId: "", size: 10 });
  store.put(0, entry);
  assert.equal(store.get(0), entry);
});
