import assert from "node:assert/strict";
import { test } from "node:test";
import type { Document } from "../documents/document.ts";
import { parseDocuments } from "../documents/parse.ts";
import { emptyRawConfig, type RawConfig, toRawConfig } from "./raw.ts";

const a = "node: a\nversion: one\nresources: {}\n";
const b = "node: b\nversion: one\nresources: {}\n";

test("each document is the snapshot of its node", () => {
  const config = toRawConfig(read("x.yaml", `${a}---\n${b}`), emptyRawConfig);
  assert.deepEqual([...config.nodes.keys()], ["a", "b"]);
  assert.deepEqual([version(config, "a"), config.problems], ["one", []]);
});

test("a document that did not change keeps its snapshot, object for object", () => {
  const documents = read("x.yaml", a);
  const first = toRawConfig(documents, emptyRawConfig);
  const second = toRawConfig([...documents, ...read("y.yaml", b)], first);
  assert.equal(second.nodes.get("a"), first.nodes.get("a"));
});

test("a document with a mistake keeps its node's last good snapshot, the others go on", () => {
  const first = toRawConfig(read("x.yaml", `${a}---\n${b}`), emptyRawConfig);
  const bad = "node: a\nversion: two\nresources:\n  clusters:\n    - nam: shop\n";
  const second = toRawConfig(read("x.yaml", `${bad}---\n${b.replace("one", "two")}`), first);
  assert.deepEqual([version(second, "a"), version(second, "b")], ["one", "two"]);
  const [problem] = second.problems;
  assert.deepEqual([problem?.origin, problem?.position?.line], ["x.yaml", 5]);
  assert.match(problem?.path ?? "", /^clusters\[0\]/);
});

test("a document that was never good is its node's all the same", () => {
  const config = toRawConfig(read("x.yaml", "node: a\nresource: {}\n"), emptyRawConfig);
  assert.equal(config.nodes.get("a")?.document.origin, "x.yaml");
  assert.equal(config.nodes.get("a")?.snapshot, undefined);
  assert.deepEqual(
    config.problems.map(({ position }) => position?.line),
    [2, 1],
  );
});

test("of two documents for a node the first keeps it, and takes its turn when that one is gone", () => {
  const [first, second] = [read("x.yaml", a), read("y.yaml", a.replace("one", "two"))];
  const both = toRawConfig([...first, ...second], emptyRawConfig);
  assert.equal(version(both, "a"), "one");
  assert.equal(both.problems[0]?.code, "node-duplicate");
  const one = toRawConfig(second, both);
  assert.deepEqual([version(one, "a"), one.problems], ["two", []]);
});

test("a node whose document is gone is gone", () => {
  const config = toRawConfig([], toRawConfig(read("x.yaml", a), emptyRawConfig));
  assert.equal(config.nodes.size, 0);
});

for (const text of ["nod: a\n", "node: ''\n", "node: 7\n", "[]\n", "text\n"]) {
  test(`a document without a node id (${JSON.stringify(text)}) is a problem, and its file's nodes stay`, () => {
    const first = toRawConfig(read("x.yaml", a), emptyRawConfig);
    const config = toRawConfig(read("x.yaml", text), first);
    assert.equal(config.problems[0]?.code, "node-missing");
    assert.equal(version(config, "a"), "one");
  });
}

function read(origin: string, text: string): readonly Document[] {
  const parsed = parseDocuments(text, { origin, format: "yaml" });
  assert(parsed.ok);
  return parsed.documents;
}

function version(config: RawConfig, node: string): string | undefined {
  return config.nodes.get(node)?.snapshot?.version;
}
