import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { checkImports } from "./check-imports.ts";

test("an import against the direction is reported with its place and the rule", async (t) => {
  const root = await tree(t, {
    "packages/xds/src/stream/a.ts": 'import x from "node:crypto";\nimport {\n  y,\n} from "../grpc/index.ts";\n',
  });
  assert.deepEqual(checkImports(root), [
    'packages/xds/src/stream/a.ts:2: imports "../grpc/index.ts", but stream/ imports only resource/, snapshot/',
  ]);
});

const violations: readonly (readonly [what: string, file: string, text: string, rule: RegExp])[] = [
  [
    "http2/ knows nothing of the others",
    "xds/src/http2/a.ts",
    'import "../grpc/b.ts";',
    /http2\/ imports no other folder/,
  ],
  ["grpc/ knows nothing of xDS", "xds/src/grpc/a.ts", 'import "../stream/b.ts";', /grpc\/ imports only http2\//],
  ["a type is an import too", "xds/src/resource/a.ts", 'import type { B } from "../snapshot/b.ts";', /no other folder/],
  [
    "a name passed on is an import too",
    "xds/src/resource/a.ts",
    'export { b } from "../stream/b.ts";',
    /no other folder/,
  ],
  ["so is a dynamic one", "xds/src/snapshot/a.ts", 'const b = await import("../stream/b.ts");', /only resource\//],
  [
    "the network is for transports",
    "xds/src/discovery/a.ts",
    'import "node:http2";',
    /transports: only http2\/, grpc\//,
  ],
  ["streams do no I/O", "xds/src/stream/a.ts", 'import { readFile } from "node:fs/promises";', /I\/O/],
  ["no folder imports the root", "xds/src/grpc/a.ts", 'import "../server.ts";', /server\.ts puts the folders together/],
  ["xds has one dependency", "xds/src/index.ts", 'import "zod";', /only @chancery\/envoy-api and node:/],
  ["the API has one dependency", "envoy-api/src/a.ts", 'import "@chancery/xds";', /only @bufbuild\/protobuf and node:/],
  ["the model stands alone", "chancery/src/model/a.ts", 'import "../store/b.ts";', /model\/ imports no other folder/],
  ["sources do not know the API", "chancery/src/sources/a.ts", 'import "../admin/b.ts";', /only model\//],
];

for (const [what, file, text, rule] of violations) {
  test(`${what}: ${text}`, async (t) => {
    const [found, ...more] = checkImports(await tree(t, { [`packages/${file}`]: text }));
    assert.match(found ?? "", rule);
    assert.deepEqual(more, []);
  });
}

test("what goes the right way, tests, and words in comments are left alone", async (t) => {
  const root = await tree(t, {
    "packages/xds/src/server.ts": 'import "./grpc/a.ts";\nimport "./stream/a.ts";',
    "packages/xds/src/stream/a.ts":
      'import "../snapshot/b.ts";\nimport "@chancery/envoy-api/wire";\nimport "node:buffer";',
    "packages/xds/src/stream/b.ts": '// as import "../grpc/index.ts" would be\n/* import "node:fs" */',
    "packages/xds/src/stream/a.test.ts": 'import "../grpc/a.ts";\nimport "fast-check";',
    "packages/xds/src/grpc/a.ts": 'import "node:http2";\nimport "./b.ts";',
    "packages/chancery/src/cli/a.ts": 'import "../sources/b.ts";\nimport "../control-plane.ts";\nimport "zod";',
  });
  assert.deepEqual(checkImports(root), []);
});

async function tree(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "chancery-imports-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}
