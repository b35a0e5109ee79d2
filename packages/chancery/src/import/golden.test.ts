// Golden files: testdata/<what>.in.yaml is an Envoy's own file, <what>.out.yaml the model of it, <what>.plain.yaml that
// without patches. The outputs are rewritten by
// `UPDATE_GOLDEN=1 npx node --conditions=chancery-source --test packages/chancery/src/import/golden.test.ts`.
import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { parseDocuments } from "../documents/parse.ts";
import { emptyModelState, toModel } from "../model/parse.ts";
import { toStaticResources } from "../translate/static.ts";
import { Translator } from "../translate/translator.ts";
import { compareWithInput } from "./compare.ts";
import { type Imported, importBootstrap } from "./import.ts";
import { toConfigText } from "./write.ts";

const folder = join(import.meta.dirname, "testdata");

for (const file of globSync("*.in.yaml", { cwd: folder }).sort()) {
  const name = basename(file, ".in.yaml");
  test(`${name} is imported as it was, and means the same`, () => {
    const imported = importOrFail(parse(readFileSync(join(folder, file), "utf8")));
    const text = toConfigText(imported, "envoy.yaml");
    assertGolden(`${name}.out.yaml`, text);
    assert.deepEqual(compareWithInput(parse(text), imported), { differences: [], problems: [] });
  });

  test(`${name} without patches is a good model that says less`, () => {
    const imported = importOrFail(parse(readFileSync(join(folder, file), "utf8")), { plain: true });
    const text = toConfigText(imported, "envoy.yaml");
    assertGolden(`${name}.plain.yaml`, text);
    assert.doesNotMatch(text, /^patches:/m);
    const { differences, problems } = compareWithInput(parse(text), imported);
    assert.deepEqual(problems, []);
    assert.notEqual(differences.length, 0);
  });
}

describe("what the model is translated to for an Envoy without a control plane comes back as a model that means the same", () => {
  const models = join(import.meta.dirname, "../translate/testdata");
  for (const file of globSync("*.in.yaml", { cwd: models }).sort()) {
    test(basename(file, ".in.yaml"), () => {
      const parsed = parseDocuments(readFileSync(join(models, file), "utf8"), { origin: file, format: "yaml" });
      assert(parsed.ok);
      const { model } = toModel(parsed.documents, emptyModelState);
      const materials = new Map([...model.certificates].map(([name]) => [name, pem]));
      for (const [, { drafts }] of new Translator().translate(model, materials).fleets) {
        const imported = importOrFail({ static_resources: toStaticResources(drafts.values()) });
        const comparison = compareWithInput(parse(toConfigText(imported, "envoy.yaml")), imported);
        assert.deepEqual(comparison, { differences: [], problems: [] });
      }
    });
  }
});

const [cert, key] = ["-----BEGIN CERTIFICATE-----\nshop\n", "-----BEGIN PRIVATE KEY-----\nshop\n"];
const pem = { cert, key, ca: cert, crl: "-----BEGIN X509 CRL-----\nshop\n", secret: "shop" };

function importOrFail(content: unknown, options = {}): Imported {
  const imported = importBootstrap(content, options);
  assert(imported.ok, JSON.stringify(imported));
  return imported;
}

function assertGolden(name: string, text: string): void {
  const path = join(folder, name);
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, text);
  assert.deepEqual(parse(text), parse(readFileSync(path, "utf8")));
}
