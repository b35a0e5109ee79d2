import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { toJsonSchema } from "./json-schema.ts";
import { kinds } from "./kinds.ts";
import { toReference } from "./reference.ts";

const page = join(import.meta.dirname, "../../../../docs/model-reference.md");

test("the page of reference says what the schemas say; UPDATE_GOLDEN=1 rewrites it", () => {
  const text = toReference();
  if (process.env.UPDATE_GOLDEN) writeFileSync(page, text);
  assert.equal(readFileSync(page, "utf8"), text);
});

test("the JSON Schema knows every kind, and says what each field means", () => {
  const schema = JSON.stringify(toJsonSchema());
  for (const { key } of kinds) assert.ok(schema.includes(`"${key}"`));
  assert.ok(schema.includes("Whole segments: /api is for /api and /api/x, not for /apis"));
});
