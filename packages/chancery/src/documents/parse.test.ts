import assert from "node:assert/strict";
import { test } from "node:test";
import { LineCounter, parseAllDocuments } from "yaml";
import { type Format, parseDocuments } from "./parse.ts";

test("a YAML stream is one document for each of its parts that is not empty", () => {
  const documents = parse("node: a\n---\n---\nnode: b\n---\n# nothing\n");
  assert.deepEqual(
    documents.map((document) => document.content),
    [{ node: "a" }, { node: "b" }],
  );
});

test("JSON is one document, also where YAML is expected", () => {
  for (const format of ["json", "yaml"] as const) {
    assert.deepEqual(parse('{"node": "a"}', format)[0]?.content, { node: "a" });
  }
});

test("flow style that only YAML knows is read although it starts like JSON", () => {
  assert.deepEqual(parse("{node: a}")[0]?.content, { node: "a" });
});

test("anchors and merge keys are resolved", () => {
  const [document] = parse("base: &base { a: 1 }\nmore: { <<: *base, b: 2 }\n");
  assert.deepEqual(document?.content, { base: { a: 1 }, more: { a: 1, b: 2 } });
});

test("a YAML syntax error names its line", () => {
  const [problem] = problems("node: a\nresources: {\n", "yaml");
  assert.match(problem?.message ?? "", /^line 3 is not valid YAML: /);
  assert.deepEqual(problem?.position, { line: 3, column: 1 });
});

test("a key that stands twice is an error", () => {
  const [problem] = problems("node: a\nnode: b\n", "yaml");
  assert.equal(problem?.message, 'line 2 is not valid YAML: the key "node" stands in line 1 already');
  assert.equal(problem?.hint, "give one of them another name");
});

test("an alias without an anchor, and what is nested too deeply, are named where they stand", () => {
  const [alias] = problems("a: 1\nb: { c: *nope }\n", "yaml");
  assert.match(alias?.message ?? "", /^line 2 is not valid YAML: Unresolved alias .*: nope$/);
  assert.deepEqual(alias?.position, { line: 2, column: 9 });
  const [deep] = problems(`a: ${"[".repeat(20_000)}\n`, "yaml");
  assert.equal(deep?.message, "line 1 is not valid YAML: It is nested too deeply");
});

test("a key that stands twice in JSON is an error, and not silently the last one", () => {
  const text = '{"a": {"x": "\\\\\\"b\\": 1", "y": [{"x": 1}, {"x": 2}]},\n "b": {"x": 1,\n"\\u0078" : 2}}';
  for (const format of ["json", "yaml"] as const) {
    const [problem, ...others] = problems(text, format);
    assert.deepEqual(others, []);
    assert.equal(problem?.message, 'line 3 is not valid JSON: the key "x" stands in line 2 already');
    assert.deepEqual(problem?.position, { line: 3, column: 1 });
  }
});

test("of mistakes that follow from one another the first is named", () => {
  const found = problems("a:\n  b: 1\n\tc: 2\n  d: 3\n  e: 4\n", "yaml");
  assert.deepEqual(
    found.map(({ message }) => message),
    ["line 3 is not valid YAML: Tabs are not allowed as indentation"],
  );
  assert.equal(problems("a: [1, 2\nb: { c: 3\n", "yaml").length, 1);
});

test("the mistakes of a large text are those that the whole of it has", () => {
  const objects = (from: number) => Array.from({ length: 200 }, (_, i) => `  o${from + i}: { x: [1, 2] }\n`).join("");
  const wrong = [
    ...["  a: [1, 2\n", "  a: { x: 1, y }}\n", "  o7: {}\n", "  a:\n    x: 1\n   y: 2\n"],
    ...["  a: b: c\n", "  a: [1, 2\n  b: {\n", "  a: `x`\n", "  just text\n"],
  ];
  for (const mistake of wrong) {
    const text = `routes:\n${objects(0)}${mistake}${objects(200)}services:\n  s: 1\n`;
    const lineCounter = new LineCounter();
    const [document] = parseAllDocuments(text, { prettyErrors: false, lineCounter });
    const [first] = document?.errors ?? [];
    assert(first, mistake);
    const message = first.code === "DUPLICATE_KEY" ? 'the key "o7" stands in line 9 already' : first.message;
    const [problem] = problems(text, "yaml");
    const { line, col } = lineCounter.linePos(first.pos[0]);
    assert.deepEqual(problem?.position, { line, column: col }, mistake);
    assert.equal(problem?.message, `line ${line} is not valid YAML: ${message}`);
  }
});

test("a quote that is left open in a large text is wrong where it stands, and not where the text ends", () => {
  const objects = Array.from({ length: 200 }, (_, i) => `  o${i}: { x: [1, 2] }\n`).join("");
  const [problem] = problems(`routes:\n  a: { x: 'y }\n${objects}`, "yaml");
  assert.deepEqual(problem?.position, { line: 3, column: 3 });
  assert.match(problem?.message ?? "", /^line 3 is not valid YAML: Missing closing 'quote/);
});

test("a JSON syntax error names its line, also at the end of the text", () => {
  const [wrong] = problems('{\n  "node": a\n}', "json");
  assert.deepEqual(wrong?.position, { line: 2, column: 11 });
  const [cut] = problems('{\n  "node": "a"', "json");
  assert.equal(cut?.position?.line, 2);
});

test("lines that end as those of Windows do are counted once", () => {
  const lineOf = (text: string, format: "json" | "yaml") => {
    const parsed = parseDocuments(text, { origin: "a", format });
    return parsed.ok ? undefined : parsed.problems[0]?.position?.line;
  };
  assert.equal(lineOf('{\r\n  "a": 1,\r\n  "b": ]\r\n}', "json"), 3);
  const services = Array.from({ length: 2000 }, (_, i) => `  s${i}:\r\n    endpoints: 10.0.0.1:80`);
  const text = ["services:", ...services]
    .join("\r\n")
    .replace("  s1500:\r\n    endpoints:", "  s1500:\r\n    endpoints: [");
  const unix = text.replaceAll("\r\n", "\n");
  assert.equal(lineOf(text, "yaml"), lineOf(unix, "yaml"));
});

test("a document that expands without end is an error", () => {
  const bomb = ["a0: &a0 [x, x]"];
  for (let i = 1; i < 30; i++) bomb.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
  const [problem] = problems(bomb.join("\n"), "yaml");
  assert.match(problem?.message ?? "", /alias/i);
});

test("a path finds its line", () => {
  const text = [
    "node: a",
    "resources:",
    "  clusters:",
    "    - name: one",
    "    - name: two",
    "      loadAssignment:",
    "        endpoints: []",
    "      metadata:",
    "        filter_metadata:",
    "          envoy.lb: { canary: 1 }",
  ].join("\n");
  const at = parse(text)[0]?.positions();
  const line = (path: string) => at?.(path)?.line;
  assert.equal(line("resources.clusters[1].name"), 5);
  assert.equal(line("resources.clusters[1].load_assignment.endpoints[3].nothing"), 7);
  assert.equal(line("resources.clusters[1].metadata.filter_metadata.envoy.lb.canary"), 10);
  assert.equal(line('resources.clusters[1].metadata.filter_metadata["envoy.lb"].canary'), 10);
  assert.deepEqual(at?.("resources.clusters[1]"), { line: 5, column: 7 });
  assert.equal(line(""), 1);
});

test("a path finds its line in a later part of a stream and in JSON", () => {
  assert.equal(parse("node: a\n---\nnode: b\n")[1]?.positions()("node")?.line, 3);
  assert.equal(parse('{\n"node":\n"b" }', "json")[0]?.positions()("node")?.line, 2);
});

function parse(text: string, format: Format = "yaml") {
  const parsed = parseDocuments(text, { origin: "test", format });
  assert(parsed.ok);
  return parsed.documents;
}

function problems(text: string, format: Format) {
  const parsed = parseDocuments(text, { origin: "test", format });
  assert(!parsed.ok);
  return parsed.problems;
}
