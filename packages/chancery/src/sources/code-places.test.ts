import assert from "node:assert/strict";
import { test } from "node:test";
import { placesInCode } from "./code-places.ts";

const linesOf = (code: string) =>
  Object.fromEntries(Object.entries(placesInCode(code, { isTyped: true })).map(([path, { line }]) => [path, line]));

test("objects that are written out have the places of their names, and what is in them has its own", () => {
  const code = [
    'import { defineConfig, type Config } from "chancery";',
    "interface Types { routes: { other: { to: string } } }",
    "export default defineConfig({",
    "  routes: {",
    '    shop: { parents: ["public/http"], rules: { "a-b": { to: [{ service: "x" }] } } },',
    "  } as Config['routes'],",
    "  services: {},",
    "} satisfies Config);",
  ].join("\n");
  const places = placesInCode(code, { isTyped: true });
  assert.deepEqual(places["routes.shop"], { line: 5, column: 5 });
  assert.deepEqual(places["routes.shop.parents[0]"], { line: 5, column: 23 });
  assert.deepEqual(places["routes.shop.rules.a-b.to[0].service"], { line: 5, column: 64 });
  assert.equal(places["routes.other"], undefined);
});

test("a variable that is called like a kind is one", () => {
  const code =
    "const routes = {\n  shop: {},\n};\nfunction make() {\n return { services: { s: {} } };\n}\nexport default { routes, ...make() };";
  assert.deepEqual(linesOf(code), { "routes.shop": 2, "services.s": 5 });
});

test("what could be meant twice, or be replaced by what comes after it, has no place", () => {
  assert.deepEqual(linesOf("const a = { routes: { shop: 1, blog: 2 } };\nconst b = { routes: { shop: 3 } };"), {
    "routes.blog": 1,
  });
  assert.deepEqual(linesOf("export default { routes: { shop: 1, ...more, blog: 2 } };"), { "routes.blog": 1 });
  assert.deepEqual(linesOf("export default { routes: { shop: 1, [name]: 2 } };"), {});
  assert.deepEqual(linesOf("export default { routes: { shop: 1 }, ...more };"), {});
  assert.deepEqual(linesOf("export default { routes: { shop: { parents: [...all, 'a'] } } };"), {
    "routes.shop": 1,
    "routes.shop.parents": 1,
  });
  assert.deepEqual(linesOf("export default { routes: make('shop: 1') };"), {});
});

test("code that cannot be read has no places", () => {
  assert.deepEqual(linesOf("export default {"), {});
  assert.deepEqual(placesInCode("let x: string", { isTyped: false }), {});
});
