import assert from "node:assert/strict";
import { test } from "node:test";
import { preferredYaml } from "./accept.ts";

const cases: [accept: string | undefined, type: string | undefined][] = [
  [undefined, undefined],
  ["*/*", undefined],
  ["application/yaml", "application/yaml"],
  ["text/yaml, */*", "text/yaml"],
  ["application/json, application/yaml", undefined],
  ["application/json;q=0.5, application/x-yaml", "application/x-yaml"],
  ["text/html, application/yaml;q=0.1, application/json;q=0.9", undefined],
  ["application/yaml;q=0", undefined],
];

for (const [accept, type] of cases) {
  test(`"Accept: ${accept ?? ""}" is answered with ${type ?? "JSON"}`, () => {
    assert.equal(preferredYaml(accept), type);
  });
}
