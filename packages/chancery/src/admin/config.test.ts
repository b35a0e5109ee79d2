import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { formatAddress } from "../address.ts";
import { toState } from "../compare/outcome.ts";
import { serving } from "../compare/serving.ts";
import { startControlPlane } from "../control-plane.ts";
import { parseDocuments } from "../documents/parse.ts";
import { shopModel } from "../explain/testdata/shop-model.ts";
import { Pipeline } from "../pipeline.ts";

const free = { host: "127.0.0.1", port: 0 };

const secrets = `
certificates: { pass: { kind: secret, inline: { secret: hush } } }
---
node: alone
resources: { secrets: [{ name: pass, generic_secret: { secret: { inline_string: hush } } }] }
`;

test("what is configured and served is what the files lead to, without the content of secrets", async (t) => {
  const text = `${shopModel}${secrets}`;
  await using controlPlane = await startControlPlane({ xds: free, http: free, paths: [await fileWith(t, text)] });
  const response = await fetch(`http://${formatAddress(controlPlane.http)}/api/v1/config`);
  assert.equal(response.headers.get("content-type"), "application/json");
  const body = await response.text();
  assert.doesNotMatch(body, /hush/);
  const { objects, groups, apiNodes, streams } = serving.parse(JSON.parse(body));
  const parsed = parseDocuments(text, { origin: "x", format: "yaml" });
  assert(parsed.ok);
  using pipeline = new Pipeline();
  const state = toState(await pipeline.run(parsed.documents));
  assert.deepEqual(objects, state.objects);
  assert.deepEqual(
    groups.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    state.groups.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  );
  assert.deepEqual([apiNodes, streams], [[], []]);
});

test("nothing is configured and served at first", async () => {
  await using controlPlane = await startControlPlane({ xds: free, http: free });
  const response = await fetch(`http://${formatAddress(controlPlane.http)}/api/v1/config`);
  assert.deepEqual(await response.json(), { apiNodes: [], streams: [], objects: [], groups: [] });
});

async function fileWith(t: TestContext, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-config-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "config.yaml");
  await writeFile(file, content);
  return file;
}
