import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startControlPlane } from "../control-plane.ts";
import { answerOf } from "../explain/answer.ts";
import { explanation } from "../explain/explanation.ts";
import { shopModel } from "../explain/testdata/shop-model.ts";

const free = { host: "127.0.0.1", port: 0 };

test("a request that cannot be understood is answered with the place of the mistake", async () => {
  await using controlPlane = await startControlPlane({ xds: free, http: free });
  const url = `http://127.0.0.1:${controlPlane.http.port}/api/v1`;
  const headers = { "content-type": "application/json" };
  await fetch(`${url}/snapshots/edge`, { method: "PUT", headers, body: '{"resources": {}}' });
  const cases: [body: object, path: string, message: RegExp][] = [
    [{ node: "edge" }, "url", /expected string/],
    [{ node: "edge", url: "gopher://x" }, "url", /"gopher" is no scheme/],
    [{ node: "edge", url: "http://x", sourceIp: "y" }, "sourceIp", /must be an IP address/],
    [{ node: "edge", url: "http://x", verb: "GET" }, "", /verb/],
  ];
  for (const [body, path, message] of cases) {
    const response = await fetch(`${url}/explain`, { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(response.status, 400);
    const { problems } = (await response.json()) as { problems: { path: string; message: string }[] };
    assert.equal(problems[0]?.path, path);
    assert.match(problems[0]?.message ?? "", message);
  }
});

test("a node is explained with what its fleet has, and that of its own above it", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "chancery-explain-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "model.yaml");
  await writeFile(file, shopModel);
  await using controlPlane = await startControlPlane({ xds: free, http: free, paths: [file] });
  const ask = async (node: string) => {
    const response = await fetch(`http://127.0.0.1:${controlPlane.http.port}/api/v1/explain`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ node, url: "http://shop.example.com:8080/api" }),
    });
    return answerOf(explanation.parse(await response.json()));
  };
  const answer = await ask("edge-1");
  assert.deepEqual([answer.route, answer.cluster], ["shop#api", "shop"]);

  const cluster = { name: "shop", type: "STATIC" };
  await fetch(`http://127.0.0.1:${controlPlane.http.port}/api/v1/snapshots/edge-1`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resources: { clusters: [cluster] } }),
  });
  assert.equal((await ask("edge-1")).why, 'cluster "shop" has no endpoints');
  assert.equal((await ask("edge-2")).cluster, "shop");
});
