import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cutSnapshot, JsonText } from "./json-text.ts";
import { parseInSteps } from "./parse.ts";

const key = fc.constantFrom("a", "resources", "clusters", "__proto__", "1", 'qu"ote', "b\\", "é", "]", "{", ",");
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, -1.5e3, 0, "", "text", '"', "\\", "[{,}]", "naïve \u2028", "\ud800"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  ),
}));
const item = fc.oneof(value, fc.constant({ name: "a" }));
const lists = fc.dictionary(key, fc.oneof(fc.array(item, { maxLength: 4 }), value), { maxKeys: 3 });
const document = fc.oneof(value, fc.dictionary(key, fc.oneof(lists, value), { maxKeys: 3 }));
const text = fc
  .tuple(document, fc.constantFrom(undefined, 1, "\t"))
  .map(([document, space]) => JSON.stringify(document, undefined, space));
const edit = fc.record({
  at: fc.nat(),
  remove: fc.nat({ max: 3 }),
  insert: fc.constantFrom("", '"', "\\", ",", ":", "{", "}", "[", "]", " ", "\n", "1", "{}", "[]", "\u00e9", "#", "1,"),
});

test("a text that is cut and put together again is what JSON.parse reads", () => {
  fc.assert(
    fc.property(text, (text) => assert.deepEqual(readCut(text), JSON.parse(text))),
    { numRuns: 1000 },
  );
});

test("a text with mistakes is refused if JSON.parse refuses it, and else means the same", () => {
  fc.assert(
    fc.property(text, fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
      let mutated = text;
      for (const { at, remove, insert } of edits) {
        const from = at % (mutated.length + 1);
        mutated = mutated.slice(0, from) + insert + mutated.slice(from + remove);
      }
      mutated = mutated.toWellFormed(); // as all UTF-8 is
      assert.deepEqual(outcome(readCut, mutated), outcome(JSON.parse, mutated));
    }),
    { numRuns: 5000 },
  );
});

test("a long list, and a text of many short ones, are read in steps", () => {
  const item = { name: "a" };
  const long = { resources: { clusters: Array(1000).fill(item) } };
  const short = { resources: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key${i}`, [item]])) };
  for (const document of [long, short]) {
    const steps = [...cutSnapshot(Buffer.from(JSON.stringify(document)))].length;
    assert.ok(steps >= 1000 / 64, `${steps} steps`);
  }
});

test("only what stands in lists two objects deep is left as text", () => {
  const cut = runToEnd(
    cutSnapshot(Buffer.from('{"version": ["1"], "resources": {"clusters": [ {"name": [1]} , 2 ], "x": 3}}')),
  );
  assert.partialDeepStrictEqual(cut, { version: ["1"], resources: { x: 3 } });
  assert.deepEqual(
    readTexts(cut, (text) => text instanceof JsonText),
    {
      version: ["1"],
      resources: { clusters: [true, true], x: 3 },
    },
  );
});

test("equal texts have equal digests, whatever stands around them", () => {
  const cut = runToEnd(cutSnapshot(Buffer.from('{"r":{"a":[{"b":1}\n],"b":[  {"b":1},{"b": 1}]}}')));
  const { r } = readTexts(cut, (text) => text.digest()) as { r: Record<string, string[]> }; // as the text has it
  assert.equal(r.a?.[0], r.b?.[0]);
  assert.notEqual(r.a?.[0], r.b?.[1]);
});

test("a resource whose text was read before is found again, for whatever group, and other types are not mixed up", () => {
  const body = '{"name": "found-by-its-text"}';
  const first = parse(`{"resources": {"clusters": [${body}]}}`);
  const second = parse(`{"resources": {"clusters": [${body}], "listeners": [${body}]}}`);
  const [before, after] = [first, second].map((snapshot) => [...snapshot.set(clusterUrl).resources][0]);
  assert.ok(before !== undefined && before === after);
  const [listener] = second.set("type.googleapis.com/envoy.config.listener.v3.Listener").resources;
  assert.equal(listener?.typeUrl, "type.googleapis.com/envoy.config.listener.v3.Listener");
});

test("a mistake is told each time that its text comes", () => {
  const text = '{"resources": {"clusters": [{"name": "a", "ttl": "soon", "resource": {"name": "a"}}]}}';
  for (let times = 0; times < 2; times++) {
    const parsed = runToEnd(parseInSteps(runToEnd(cutSnapshot(Buffer.from(text)))));
    assert.deepEqual(
      parsed.problems.map(({ path }) => path),
      ["clusters[0].ttl"],
    );
  }
});

test("a name twice is told with both places, though the text was read before", () => {
  parse('{"resources": {"clusters": [{"name": "twice"}]}}');
  const text = '{"resources": {"clusters": [{"name": "twice"}, {"name": "twice"}]}}';
  const parsed = runToEnd(parseInSteps(runToEnd(cutSnapshot(Buffer.from(text)))));
  assert.match(parsed.problems[0]?.message ?? "", /is named "twice", as clusters\[0\] is/);
});

const clusterUrl = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

function parse(text: string) {
  const parsed = runToEnd(parseInSteps(runToEnd(cutSnapshot(Buffer.from(text)))));
  assert.ok(parsed.ok, JSON.stringify(parsed.problems));
  return parsed.snapshot;
}

function readCut(text: string): unknown {
  return readTexts(runToEnd(cutSnapshot(Buffer.from(text))), (text) => text.parse());
}

function readTexts(value: unknown, read: (text: JsonText) => unknown): unknown {
  if (value instanceof JsonText) return read(value);
  if (Array.isArray(value)) return value.map((item) => readTexts(item, read));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readTexts(item, read)]));
}

function outcome(read: (text: string) => unknown, text: string): unknown {
  try {
    return { read: read(text) };
  } catch (error) {
    assert.ok(error instanceof SyntaxError);
    return "no JSON";
  }
}

function runToEnd<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
