import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { readBlocks } from "./blocks.ts";

const texts: readonly string[] = [
  "routes:\n  a: { x: 1 }\n  b:\n    y: [1, 2]\n\n# a comment\nservices:\n  c: text\n",
  "# first\nfleets: { edge: { match: x } }\ngateways:\n  # inside\n  public:\n    listeners: {}\n",
  "routes:\n    a: |\n      some\n        text\n    b: >-\n      more\n",
  "routes:\n  a: { x: 1,\n    y: 2 }\n  b: 'it\n    goes on'\n",
  "node: x\nresources:\n  clusters:\n    - name: a\n    - name: b\n",
  "routes:\n\nservices:\n  a: 1\n",
  "routes:\r\n  a: 1\r\n  b: 2\r\n",
  "routes: # what goes where\n  a: 1 # one\n",
];

for (const text of texts) {
  test(`blocks say what the whole says: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(readBlocks(text)?.content, parse(text));
  });
}

const refused: readonly string[] = [
  "routes:\n  a: &x 1\n  b: *x\n",
  "routes:\n  a: 1\n---\nroutes:\n  b: 1\n",
  "routes:\n  a: 1\n  a: 2\n",
  "routes:\n  a: 1\nroutes:\n  b: 2\n",
  "routes:\n  a: { x: 1\n  b: 2\n",
  "routes:\n  a: 'x\n  b: y'\n",
  "routes:\n\ta: 1\n",
  "- a\n- b\n",
  "routes:\n  a: !!str 1\n",
  "routes:\n   a: 1\n  b: 2\n",
];

for (const text of refused) {
  test(`what is not plain is not read in blocks: ${JSON.stringify(text)}`, () => {
    assert.equal(readBlocks(text), undefined);
  });
}

test("objects whose text is the same are the same objects", () => {
  const before = readBlocks("routes:\n  a: { x: 1 }\n  b: { x: 2 }\n");
  const after = readBlocks("routes:\n  a: { x: 1 }\n  b: { x: 3 }\n  c: {}\n", before?.blocks);
  assert.deepEqual(after?.content, { routes: { a: { x: 1 }, b: { x: 3 }, c: {} } });
  const [was, is] = [before, after].map((read) => (read?.content.routes ?? {}) as Record<string, unknown>);
  assert.equal(is?.a, was?.a);
});

const scalars = [
  ...[
    "1_000",
    "0b1",
    "0o17",
    "0x1F",
    "2001-01-01",
    "yes",
    "~",
    "",
    ".inf",
    "-.INF",
    ".nan",
    "1e3",
    "+1",
    "01",
    "1.",
    "-0",
  ],
  ...[
    "null",
    "Null",
    "TRUE",
    "1:30",
    "'it''s'",
    '"\\u00e9\\n"',
    '"\\x41\\/"',
    "a b",
    "a#b",
    "a #b",
    "a: b",
    "{a: 1, b: }",
    "[1, [2]]",
  ],
  ...[
    "[a, ]",
    "{a, b}",
    "{ 'a': 1 }",
    '{ "a":1 }',
    "/api/*",
    "10.0.0.1:80",
    "*.example.com",
    "'*'",
    "- a",
    "@x",
    "`x`",
    "%x",
    "|",
    ">-",
  ],
  ...[
    "12345678901234567890",
    "1.50",
    "1e400",
    "0x",
    "0o8",
    "=",
    "<<",
    "x:y",
    "x: ",
    "\u00a0x",
    "\ud83d\ude00",
    "'a\n  b'",
  ],
];

for (const scalar of scalars) {
  test(`a value means the same wherever it is read: ${JSON.stringify(scalar)}`, () => {
    const text = `routes:\n  a: ${scalar}\n  b: 1\n`;
    const read = readBlocks(text);
    if (read !== undefined)
      assert.deepEqual(
        read.content,
        attempt(() => parse(text, { logLevel: "error" })),
      );
  });
}

test("whatever a text is, blocks say what the whole says, or nothing", () => {
  const line = fc.tuple(
    fc.constantFrom("", "  ", "    ", "   ", "\t"),
    fc.constantFrom(
      "a: 1",
      "b:",
      "c: {x: 1}",
      "d: [1,",
      "2]",
      "e: 'x",
      "y'",
      "f: |",
      "text",
      "# c",
      "",
      "- g",
      "h: *i",
      "? j",
      ": k",
      'a: "',
      "l: >",
    ),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const text = lines.map((parts) => parts.join("")).join("\n");
      const read = readBlocks(text);
      if (read === undefined) return;
      assert.deepEqual(read.content, attempt(() => parse(text, { logLevel: "error" })) ?? {}, JSON.stringify(text));
    }),
    { numRuns: 5000 },
  );
});

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return "not YAML at all";
  }
}
