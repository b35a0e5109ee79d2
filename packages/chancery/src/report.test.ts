import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import type { LocatedProblem } from "./documents/document.ts";
import { createLogger } from "./logs.ts";
import { reportProblems } from "./report.ts";

const problem: LocatedProblem = {
  origin: "a.yaml",
  position: { line: 3, column: 5 },
  path: "clusters[0].name",
  message: "is missing",
  hint: "give it a name",
  severity: "error",
  code: "missing",
};

test("a problem is told once, with its place and what would be right", () => {
  assert.deepEqual(told([problem], []), ["error a.yaml:3:5: clusters[0].name: is missing; give it a name"]);
  assert.deepEqual(told([{ ...problem }], [problem]), []);
});

test("a warning is told as one", () => {
  const { position: _, ...warning } = { ...problem, severity: "warning" as const };
  assert.deepEqual(told([warning], []), ["warn a.yaml: clusters[0].name: is missing; give it a name"]);
});

test("what has no problem any more is told, once for each file", () => {
  const other = { ...problem, origin: "b.yaml" };
  assert.deepEqual(told([other], [problem, { ...problem, path: "x" }, other]), ["info a.yaml: no problems any more"]);
});

test("of very many problems in a file the first are told, and how many more there are", () => {
  const many = Array.from({ length: 1000 }, (_, index) => ({ ...problem, path: `clusters[${index}]` }));
  const lines = told([...many, { ...problem, origin: "b.yaml" }], []);
  assert.equal(lines.length, 22);
  assert.equal(lines[20], "error a.yaml: and 980 more problems");
  assert.match(lines[21] ?? "", /b\.yaml/);
});

function told(problems: readonly LocatedProblem[], last: readonly LocatedProblem[]): string[] {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  reportProblems(problems, last, createLogger(stream, { format: "json" }));
  const lines = text.split("\n");
  return lines.filter((line) => line !== "").map((line) => `${JSON.parse(line).level} ${JSON.parse(line).msg}`);
}
