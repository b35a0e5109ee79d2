import assert from "node:assert/strict";
import { test } from "node:test";
import { curveCases, toPlot } from "./curves.ts";
import { toLogScale } from "./log-scale.ts";
import { drawPlot } from "./plot.ts";
import type { Outcome } from "./report.ts";

/** What takes a millisecond for every ten streams and resources, and ten times as long for the peer. */
const outcomes: readonly Outcome[] = curveCases.map((of) => ({
  case: of,
  metrics: { chancery: { took_ms: (of.n * of.k) / 10 }, "go-control-plane": { took_ms: of.n * of.k } },
  problems: [],
}));
const plot = toPlot({ title: "Grows & grows", metric: "took_ms", y: "time, ms" }, outcomes);

test("an axis ends at the ticks around what it shows", () => {
  const { ticks, place } = toLogScale([2, 900], [0, 300]);
  assert.deepEqual(ticks, [1, 3, 10, 30, 100, 300, 1000]);
  assert.deepEqual(
    [1, 10, 100, 1000].map((value) => Math.round(place(value))),
    [0, 100, 200, 300],
  );
});

test("a single value still has an axis", () => {
  assert.deepEqual(toLogScale([10], [0, 1]).ticks, [10, 30]);
});

test("what has no logarithm is refused", () => {
  assert.throws(() => toLogScale([1, 0], [0, 1]), /Cannot draw 1, 0 on a logarithmic axis/);
  assert.throws(() => toLogScale([], [0, 1]), /Cannot draw nothing/);
});

test("each panel has a line for both contenders in both variants, from left to right", () => {
  for (const { lines } of plot.panels) {
    assert.deepEqual(
      lines.map(({ label }) => label),
      ["Chancery, SotW", "Chancery, delta", "go-control-plane, SotW", "go-control-plane, delta"],
    );
    for (const { points } of lines)
      assert.deepEqual(
        points.map(([x]) => x),
        [10, 30, 100, 300, 1000, 3000],
      );
  }
});

test("a picture has the lines, their names and the axes", () => {
  const svg = drawPlot(plot);
  assert.equal(svg.match(/<polyline /g)?.length, 8);
  for (const label of ["Grows &amp; grows", "Chancery, SotW", "time, ms", "1,000"])
    assert.ok(svg.includes(`>${label}<`));
  assert.doesNotMatch(svg, /NaN|undefined/);
});
