import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Stream } from "./stream.ts";
import { StreamTable } from "./stream-table.ts";

// A table looks at nothing but the number.
const streamOf = (id: number): Stream => ({ id }) as Stream;

test("it holds what a Map would, whatever opens and closes", () => {
  const opened = fc.record({ gap: fc.nat({ max: 40 }), closes: fc.array(fc.nat()) });
  fc.assert(
    fc.property(fc.array(opened, { maxLength: 200 }), (steps) => {
      const [table, map] = [new StreamTable(), new Map<number, Stream>()];
      let id = 1;
      for (const { gap, closes } of steps) {
        id += 2 * gap + 2;
        const stream = streamOf(id);
        table.add(stream);
        map.set(id, stream);
        for (const close of closes) {
          const open = [...map.values()];
          const closed = open[close % open.length] ?? stream;
          table.delete(closed);
          map.delete(closed.id);
        }
        assert.equal(table.size, map.size);
        for (const known of map.values()) assert.equal(table.get(known.id), known);
        assert.equal(table.get(id + 2), undefined);
        assert.deepEqual(new Set(table.values()), new Set(map.values()));
      }
    }),
  );
});

test("calls that come and go beside one that stays need no more room", () => {
  const table = new StreamTable();
  const staying = streamOf(1);
  table.add(staying);
  for (let id = 3; id < 100_000; id += 2) {
    const stream = streamOf(id);
    table.add(stream);
    assert.equal(table.get(id), stream);
    table.delete(stream);
    assert.equal(table.get(id), undefined);
  }
  assert.equal(table.get(1), staying);
  assert.deepEqual(table.values(), [staying]);
});

test("many at a time are found, and leave few behind", () => {
  const table = new StreamTable();
  const streams = Array.from({ length: 20_000 }, (_, index) => streamOf(2 * index + 1));
  for (const stream of streams) table.add(stream);
  for (const stream of streams) assert.equal(table.get(stream.id), stream);
  for (const stream of streams.slice(5)) table.delete(stream);
  assert.deepEqual(
    table.values().map(({ id }) => id),
    [1, 3, 5, 7, 9],
  );
});
