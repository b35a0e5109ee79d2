import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { KeyedList } from "../keyed-list.ts";
import { type Blocks, readBlocks, readPlain } from "./blocks.ts";
import { parseDocuments } from "./parse.ts";

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
    assert.deepEqual(contentOf(readBlocks(text)), parse(text));
    assert.deepEqual(plainContentOf(text), parse(text));
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

test("objects whose text is the same are the same objects, wherever they stand", () => {
  const before = readBlocks("routes:\n  a: { x: 1 }\n  b: { x: 2 }\nservices:\n  a: { y: 1 }\n");
  const moved = "services:\n  a: { y: 1 }\nroutes:\n  b: { x: 3 }\n  c: {}\n  a: { x: 1 }\n";
  const after = readBlocks(moved, before);
  assert.deepEqual(contentOf(after), parse(moved));
  for (const path of ["routes.a", "services.a"]) assert.equal(objectAt(after, path), objectAt(before, path));
});

test("objects are in the order of the text, also where their names are numbers or quoted", () => {
  const blocks = readBlocks("routes:\n  b: 1\n  11: 2\n  'a': 3\n  1: 4\n");
  const routes = blocks?.sections.get("routes")?.content;
  assert(routes instanceof KeyedList);
  assert.deepEqual(
    [...routes],
    [
      ["b", 1],
      ["11", 2],
      ["a", 3],
      ["1", 4],
    ],
  );
});

test("a section without a change is the same object, and keys without a change are shared", () => {
  const before = readBlocks("routes:\n  a: 1\n  b: 2\nservices:\n  c: 3\n");
  const after = readBlocks("routes:\n  a: 1\n  b: 22\nservices:\n  c: 3\n", before);
  assert.equal(after?.sections.get("services"), before?.sections.get("services"));
  assert.deepEqual(
    after?.sections.changesSince(before?.sections ?? new Map())?.map(({ key }) => key),
    ["routes"],
  );
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
    for (const read of [contentOf(readBlocks(text)), plainContentOf(text)]) {
      if (read !== undefined)
        assert.deepEqual(
          read,
          attempt(() => parse(text, { logLevel: "error" })),
        );
    }
  });
}

test("whatever a text is, blocks and its plain reading say what the whole says, or nothing", () => {
  const count = { blocks: 0, plain: 0 };
  const line = fc.tuple(
    fc.constantFrom("", "  ", "    ", "   ", "\t"),
    fc.constantFrom(
      "a: 1",
      "b:",
      "constructor: {x: 1}",
      "__proto__: {x: 1}",
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
      for (const [kind, read] of [
        ["blocks", contentOf(readBlocks(text))],
        ["plain", plainContentOf(text)],
      ] as const) {
        if (read === undefined) continue;
        count[kind]++;
        assert.deepEqual(read, attempt(() => parse(text, { logLevel: "error" })) ?? {}, JSON.stringify([kind, text]));
      }
    }),
    { numRuns: 5000 },
  );
  assert(count.blocks > 20 && count.plain > 60, JSON.stringify(count));
});

const oddities = fc.constantFrom(
  ...["routes:\n", "services: # s\r\n", "patches: {}\n", "node: x\n", "---\n", "\n", "# c\n", "  # c\n", "x", " ", "{"],
  ...[
    "    deeper: 1\n",
    " f: 1\n",
    "  g: &x 1\n",
    "  <<\n",
    "  :x\n",
    "\t",
    "  {i: 1}\n",
    "  - 1\n",
    "  e: 'x\n",
    "   z'\n",
  ],
);
const objects = fc
  .tuple(fc.nat(40), fc.constantFrom("1", "{ x: 1 }", "\n    y: [1, 2]", "|\n    text", "'a\n   b' # c", "[1,\n  2]\r"))
  .map(([number, value]) => `  ${["constructor", "toString", "__proto__"][number] ?? `o${number}`}: ${value}\n`);
const pieces = fc.oneof({ weight: 6, arbitrary: objects }, { weight: 1, arbitrary: oddities });
const edits = fc.record({
  at: fc.nat(1000),
  isAtLine: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  remove: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(40)),
  insert: fc.array(pieces, { maxLength: 2 }),
});

test("whatever is changed in a text, it is read as if it were new", () => {
  let plain = 0;
  const property = fc.property(
    ...[fc.array(objects, { maxLength: 8 }), fc.array(objects, { maxLength: 4 }), fc.array(edits, { maxLength: 8 })],
    (routes, services, changes) => {
      let text = ["routes:\n", ...routes, "services:\n", ...services].join("");
      let blocks = readBlocks(text);
      for (const change of changes) {
        text = edit(text, change);
        const changed = readBlocks(text, blocks);
        assert.deepEqual(describe(changed), describe(readBlocks(text)), JSON.stringify([blocks?.text, text]));
        if (changed !== undefined && blocks !== undefined) plain++;
        // What cannot be read is compared with what could be.
        blocks = changed ?? blocks;
      }
    },
  );
  fc.assert(property, { numRuns: 5000 });
  assert(plain > 500, `only ${plain} changes between plain texts`);
});

function edit(text: string, { at, isAtLine, remove, insert }: typeof edits extends fc.Arbitrary<infer T> ? T : never) {
  const near = at % (text.length + 1);
  const from = isAtLine ? text.lastIndexOf("\n", near) + 1 : near;
  // Whole lines, so that most of what remains is as it was.
  const to = isAtLine && remove > 3 ? text.indexOf("\n", Math.min(text.length, from + remove)) + 1 : from + remove;
  return text.slice(0, from) + insert.join("") + text.slice(Math.max(from, to));
}

test("places in a text are those that the whole of it has", () => {
  const text = [
    ...[
      `# first ${"and long enough to be taken apart ".repeat(100)}`,
      "gateways: { public: { listeners: {} } }",
      "routes: # all",
      "  # of the shop",
      "  shop:\r",
      "    rules:",
    ],
    ...["      - a: 1", "", "      - b:", "          c: x", "  blog: { rules: [{ a: 2 }] }", "services:", "  s: 1", ""],
  ].join("\n");
  const [inBlocks, inWhole] = [text, `${text}---\n`].map((source) => {
    const parsed = parseDocuments(source, { origin: "x.yaml", format: "yaml" });
    return parsed.ok ? parsed.documents[0]?.positions() : undefined;
  });
  for (const path of [
    ...[
      "",
      "gateways",
      "gateways.public.listeners",
      "routes",
      "routes.shop",
      "routes.shop.rules[1].b.c",
      "routes.blog",
    ],
    ...[
      "routes.shop.rules[7]",
      "routes.blog.rules[0].a",
      "services.s",
      "services.none.x",
      "nothing",
      'routes["blog"].rules',
    ],
  ]) {
    assert.deepEqual(inBlocks?.(path), inWhole?.(path), path);
    assert.notEqual(inBlocks?.(path), undefined);
  }
});

function describe(blocks: Blocks | undefined): unknown {
  return (
    blocks && {
      ...blocks,
      sections: Array.from(blocks.sections, ([name, { content, ...section }]) => [
        name,
        section,
        "value" in content ? content : [...content],
      ]),
    }
  );
}

function contentOf(blocks: Blocks | undefined): unknown {
  if (blocks === undefined) return undefined;
  return Object.fromEntries(
    Array.from(blocks.sections, ([name, { content }]) => [
      name,
      "value" in content ? content.value : Object.fromEntries(content),
    ]),
  );
}

function plainContentOf(text: string): unknown {
  const sections = readPlain(text);
  return sections && toRecord(sections.map((value) => (value instanceof KeyedList ? toRecord(value) : value)));
}

function toRecord(list: KeyedList<unknown>): unknown {
  return Object.fromEntries(list);
}

function objectAt(blocks: Blocks | undefined, path: string): unknown {
  const [section = "", name = ""] = path.split(".");
  const content = blocks?.sections.get(section)?.content;
  assert(content !== undefined && "get" in content);
  return content.get(name);
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return "not YAML at all";
  }
}
