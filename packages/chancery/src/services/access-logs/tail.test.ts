import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogRecord } from "./record.ts";
import { Tail, type TailOptions } from "./tail.ts";
import { httpEntry, source } from "./testdata/records.ts";

const all = () => true;

test("the newest entries stay, by number", async () => {
  const tail = filled(10, { maxEntries: 3 });
  assert.deepEqual(ids(await tail.search(all, { limit: 100 })), [8, 9, 10]);
  assert.equal(tail.size.entries, 3);
});

test("the newest entries stay, by bytes", async () => {
  const one = filled(1).size.bytes;
  const tail = filled(10, { maxBytes: 4 * one });
  assert.deepEqual(ids(await tail.search(all, { limit: 100 })), [7, 8, 9, 10]);
  assert.deepEqual(tail.size, { entries: 4, bytes: 4 * one });
});

test("an entry that is larger than all that may be kept is kept alone", async () => {
  const tail = filled(3, { maxBytes: 1 });
  assert.deepEqual(ids(await tail.search(all, { limit: 100 })), [3]);
});

test("a search finds the newest that match, and goes on before one of them", async () => {
  const tail = filled(100);
  const even = ({ id }: LogRecord) => id % 2 === 0;
  assert.deepEqual(ids(await tail.search(even, { limit: 3 })), [96, 98, 100]);
  assert.deepEqual(ids(await tail.search(even, { limit: 2, before: 96 })), [92, 94]);
  assert.deepEqual(ids(await tail.search(even, { limit: 0 })), []);
});

test("others have their turn while many entries are searched, and new ones do not disturb it", async () => {
  const tail = filled(2_000, { maxEntries: 2_000 });
  let turns = 0;
  const slowly = ({ id }: LogRecord) => {
    const until = performance.now() + 0.02;
    while (performance.now() < until);
    return id % 1000 === 0;
  };
  const counting = setInterval(() => tail.add(httpEntry({}), source, ++turns), 0);
  const found = await tail.search(slowly, { limit: 100 });
  clearInterval(counting);
  assert(turns > 1, `${turns} turns`);
  assert.deepEqual(ids(found), [1000, 2000]);
});

test("what was found stays when the tail forgets it", async () => {
  const tail = new Tail({ maxEntries: 2 });
  const events = tail.follow(all, new AbortController().signal);
  for (const path of ["/1", "/2"]) tail.add(httpEntry({ request: { path } }), source, 0);
  const found = await tail.search(all, { limit: 2 });
  for (const path of ["/3", "/4"]) tail.add(httpEntry({ request: { path } }), source, 0);
  const paths = (records: readonly LogRecord[]) => records.map(({ entry }) => entry.path);
  assert.deepEqual(paths(found), ["/1", "/2"]);
  assert.deepEqual(paths(await tail.search(all, { limit: 2 })), ["/3", "/4"]);
  tail.close();
  assert.deepEqual(paths(await Array.fromAsync(events)), ["/1", "/2", "/3", "/4"]);
});

test("a follower gets what matches from now on", async () => {
  const tail = filled(1);
  const events = tail.follow(({ id }) => id !== 3, new AbortController().signal);
  add(tail, 3);
  tail.close();
  assert.deepEqual(ids(await Array.fromAsync(events)), [2, 4]);
});

function filled(count: number, options: TailOptions = {}): Tail {
  const tail = new Tail(options);
  add(tail, count);
  return tail;
}

function add(tail: Tail, count: number): void {
  for (let index = 0; index < count; index++) tail.add(httpEntry({ request: { path: "/" } }), source, 0);
}

function ids(records: readonly LogRecord[]): readonly number[] {
  return records.map(({ id }) => id);
}
