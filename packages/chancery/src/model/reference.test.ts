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

test("an object that has several forms has the fields and values of all, and each says which form it belongs to", () => {
  const lines = toReference().split("\n");
  const lineOf = (path: string) => lines.find((line) => line.startsWith(`| \`${path}\` |`));
  assert.match(lineOf("protocol") ?? "", /`http`, `grpc`, `tls`, `tcp`, `udp`/);
  assert.match(lineOf("to") ?? "", /list of text or object/);
  assert.match(lineOf("kind") ?? "", /`certificate`, `ca`, `secret`/);
  assert.match(lineOf("files.crl") ?? "", /Only with kind: ca/);
  assert.match(lineOf("operations[].op") ?? "", /`add`, `replace`, `remove`, `test`, `merge` \(needed\)/);
  assert.match(lineOf("principals") ?? "", /`false` or list of text or object/);
  assert.match(lineOf("principals.dryRun") ?? "", /Default: false/);
  assert.match(lineOf("http.normalizePath") ?? "", /Resolves \. and \.\. in paths/);
});

test("the JSON Schema knows every kind, and says what each field means", () => {
  const schema = JSON.stringify(toJsonSchema());
  for (const { key } of kinds) assert.ok(schema.includes(`"${key}"`));
  assert.ok(schema.includes("Whole segments: /api is for /api and /api/x, not for /apis"));
});
