import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDocuments } from "./parse.ts";
import { whyUnusable } from "./unusable.ts";

test("of objects of one name the first stays, and the other is a problem where it stands", () => {
  const document = mend("routes:\n  a: 1\n  b: 2\n  a: 3\n");
  assert.deepEqual(document.content, { routes: { a: 1, b: 2 } });
  assert.deepEqual(document.problems, [
    {
      ...{ path: "routes.a", code: "duplicate-name", severity: "error", origin: "test" },
      ...{ message: '"a" stands in line 2 already, which keeps it', hint: "give one of them another name" },
      position: { line: 4, column: 3 },
    },
  ]);
});

test("sections of one name count as one, and what they have is found where it stands", () => {
  const document = mend("routes:\n  a: 1\nservices:\n  s: 1\nroutes:\n  b: 2\n  a: 3\n");
  assert.deepEqual(document.content, { routes: { a: 1, b: 2 }, services: { s: 1 } });
  assert.deepEqual(
    document.problems?.map(({ path, message, position }) => [path, position?.line, message]),
    [
      ["routes", 5, '"routes" stands in line 1 already; what both have counts'],
      ["routes.a", 7, '"a" stands in line 2 already, which keeps it'],
    ],
  );
  assert.equal(document.positions()("routes.b")?.line, 6);
});

test("what has a key twice within an object is not usable there, and says where they are", () => {
  const document = mend("routes:\n  a:\n    rules:\n      x: { to: 1, to: 2 }\n      y: [{ z: 1,\n        z: 2 }]\n");
  const { routes } = document.content as { routes: { a: { rules: { x: unknown; y: unknown[] } } } };
  const { x, y } = routes.a.rules;
  assert.equal(whyUnusable(x), 'has the key "to" in line 4 twice\nkeep one of them');
  assert.equal(whyUnusable(y[0]), 'has the key "z" in line 5 and again in line 6\nkeep one of them');
  assert.deepEqual(document.problems, []);
  assert.deepEqual(document.positions()("routes.a.rules.y[0]"), { line: 5, column: 11 });
});

test("JSON is mended too", () => {
  const document = mend('{"routes": {"a": 1, "a": 2}}');
  assert.deepEqual(document.content, { routes: { a: 1 } });
});

test("a large text is mended as a small one is", () => {
  const objects = Array.from({ length: 200 }, (_, i) => `  o${i}: { x: [1, 2] }\n`).join("");
  const more = "  twice: { x: 1 }\n  in:\n    y:\n      z: 1\n      z: 2\n  # again\n  twice: { x: 2 }\n  end: {}\n";
  const large = mend(`services:\n  s: 1\nroutes:\n${objects}${more}`);
  const small = mend(`services:\n  s: 1\nroutes:\n${"\n".repeat(200)}${more}`);
  const { o7, ...others } = routesOf(large);
  assert.deepEqual(o7, { x: [1, 2] });
  for (const name of ["twice", "in", "end"]) assert.deepEqual(others[name], routesOf(small)[name]);
  assert.deepEqual(large.problems, small.problems);
  for (const path of ["routes.twice.x", "routes.in.y", "routes.end", "services.s"]) {
    assert.deepEqual(large.positions()(path), small.positions()(path), path);
  }
});

test("a section that stands twice in a large text is one all the same", () => {
  const objects = Array.from({ length: 200 }, (_, i) => `  o${i}: { x: [1, 2] }\n`).join("");
  const document = mend(`routes:\n${objects}routes:\n  more: 1\n`);
  assert.equal(routesOf(document).more, 1);
  assert.deepEqual(routesOf(document).o7, { x: [1, 2] });
});

function routesOf({ content }: { readonly content: unknown }) {
  return (content as { readonly routes: Readonly<Record<string, unknown>> }).routes;
}

test("nothing is mended where something else is wrong, or an alias carries elsewhere what is", () => {
  for (const text of [
    "routes:\n  a: 1\n  a: 2\n  b: [\n",
    "routes:\n  a: &a { x: 1, x: 2 }\n  b: *a\n",
    "- { a: 1, a: 2 }\n",
    "routes: { a: 1, a: 2 }\n---\nroutes: [\n",
  ]) {
    const parsed = parseDocuments(text, { origin: "test", format: "yaml" });
    assert(!parsed.ok);
    assert.equal(parsed.mended, undefined, text);
  }
});

function mend(text: string) {
  const parsed = parseDocuments(text, { origin: "test", format: "yaml" });
  assert(!parsed.ok && parsed.mended !== undefined);
  const [document, ...others] = parsed.mended;
  assert(document !== undefined && others.length === 0);
  return document;
}
