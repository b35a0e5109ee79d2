import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import { callUnary, grpcClient } from "../../../../xds/src/grpc/testdata/grpc-client.ts";
import { readServerSentEvents } from "../../cli/server-sent-events.ts";
import { startControlPlane } from "../../control-plane.ts";
import { createLogger } from "../../logs.ts";
import { watchedFolder } from "../testdata/folder.ts";
import { collectLog } from "../testdata/log.ts";

const anywhere = { host: "127.0.0.1", port: 0 };

const policies = (rule: string) => `
policies:
  shop:
    rules:
      - { name: tried, deny: true, dryRun: true }
      - ${rule}
`;

test("a new file counts at once; one with a mistake leaves all policies as they were", async (t) => {
  const authz = await serve(t, { "shop.yaml": policies("{ name: all, allow: true }"), "keys.yaml": "apiKeys: {}\n" });
  assert.equal(await authz.ask("/"), "OK");
  await authz.write("keys.yaml", "apiKeys: { partners: { acme: plain } }\n");
  await authz.logged("those before stay");
  await authz.write("shop.yaml", policies("{ name: all, deny: true }"));
  await authz.logged("those before stay");
  assert.equal(await authz.ask("/"), "OK");
  assert.partialDeepStrictEqual(await authz.get("/api/v1/authorization"), {
    problems: [{ severity: "error", place: "keys.yaml:1:24", path: "apiKeys.partners.acme" }],
  });
  await authz.write("keys.yaml", "apiKeys: {}\n");
  await authz.logged('Requests are authorized by "shop"');
  assert.equal(await authz.ask("/"), "Forbidden");
});

test("without good files from the start everything is denied", async (t) => {
  const authz = await serve(t, { "shop.yaml": "policies: 7\n" });
  assert.equal(await authz.ask("/"), "ServiceUnavailable");
  await authz.write("shop.yaml", policies("{ allow: true }"));
  await authz.logged('Requests are authorized by "shop"');
  assert.equal(await authz.ask("/"), "OK");
});

test("decisions are in the API with their reasons, as events while they are made, and in the metrics", async (t) => {
  const authz = await serve(t, { "shop.yaml": policies("{ name: get, match: { methods: [GET] }, allow: true }") });
  await authz.ask("/a?key=secret");
  await authz.ask("/a/../b");
  await authz.ask("/c", { method: "PUT" });
  const controller = new AbortController();
  t.after(() => controller.abort());
  const path = "/api/v1/authorization/decisions";
  const response = await authz.fetch(`${path}/follow?decision=deny&last=1`, controller.signal);
  assert.ok(response.body);
  const events = readServerSentEvents(response.body)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await events.next()).value?.data ?? "");
  assert.partialDeepStrictEqual(await next(), { request: { path: "/c" }, reason: "no rule allows it", status: 403 });
  await authz.ask("/d", { method: "PUT" });
  assert.partialDeepStrictEqual(await next(), { request: { path: "/d" } });
  const found = await authz.get(`${path}?policy=shop&limit=4`);
  assert.ok(Array.isArray(found));
  assert.deepEqual(
    found.map(({ decision, rule, reason }) => [decision, rule, reason]),
    [
      ["allow", "get", "the rule allows it"],
      ["refuse", undefined, "ambiguous path: a dot segment"],
      ["deny", undefined, "no rule allows it"],
      ["deny", undefined, "no rule allows it"],
    ],
  );
  assert.partialDeepStrictEqual(found[0], {
    dryRuns: [{ rule: "tried", effect: "deny" }],
    request: { method: "GET", host: "shop.example.com", path: "/a", source: "10.0.0.1:1234" },
  });
  assert.equal((await authz.fetch(`${path}?decision=maybe`)).status, 400);
  const metrics = await (await authz.fetch("/metrics")).text();
  for (const line of [
    'decisions_total{policy="shop",rule="get",decision="allow"} 1',
    'decisions_total{policy="shop",rule="",decision="deny"} 2',
    'decisions_total{policy="shop",rule="",decision="refuse"} 1',
    'dry_run_total{policy="shop",rule="tried",decision="deny"} 3',
    "duration_seconds_count 4",
    "policies 1",
    'config_reloads_total{result="good"} 1',
  ]) {
    assert.ok(metrics.includes(`\nchancery_authorization_${line}\n`), `${line}\n${metrics}`);
  }
});

test("a decision is explained rule by rule, and not counted", async (t) => {
  const authz = await serve(t, { "shop.yaml": policies("{ name: get, match: { methods: [GET] }, allow: true }") });
  const explain = (body: object) =>
    authz.fetch("/api/v1/authorization/explain", undefined, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const explained = await (await explain({ url: "http://a/x", policy: "shop", method: "PUT" })).json();
  assert.partialDeepStrictEqual(explained, {
    ...{ policy: "shop", decision: "deny", status: 403 },
    steps: [
      { rule: "tried", effect: "deny", dryRun: true },
      { rule: "get", effect: "skip", reason: "method PUT is not GET" },
    ],
  });
  assert.equal((await explain({ url: "a/b" })).status, 400);
  assert.deepEqual(await authz.get("/api/v1/authorization/decisions"), []);
});

test("a policy of the model that names what no file has is a problem with its place, until the file has it", async (t) => {
  const files = { "shop.yaml": policies("{ allow: true }"), "model.yaml": modelWith("a: shopp") };
  const authz = await serve(t, files, { authorization: ["shop.yaml"], paths: ["model.yaml"] });
  const problem = 'policies.a.authorization: no file of authorization has a policy "shopp": all is refused';
  await authz.logged(`model.yaml:1:38: ${problem}; did you mean "shop"?`);
  assert.match(await authz.text("/metrics"), /^chancery_config_problems\{severity="error"\} 2$/m);
  await authz.write("model.yaml", modelWith("a: shop, b: store"));
  await authz.logged('policies.b.authorization: no file of authorization has a policy "store": all is refused');
  await authz.write("shop.yaml", policies("{ allow: true }").replace("shop:", "store:"));
  await authz.logged('policies.a.authorization: no file of authorization has a policy "shop": all is refused');
});

test("policies of the model that ask when nobody is there to answer are warned of", async (t) => {
  const files = { "model.yaml": modelWith("a: shop") };
  const authz = await serve(t, files, { paths: ["model.yaml"] });
  await authz.logged("there are no files of authorization: all is refused; name some with --authorization PATH");
});

/** Policies by name, with the names of those of authorization. */
function modelWith(text: string): string {
  const all = text.replaceAll(/(\w+): (\w+)/g, "$1: { targets: gateway/g, authorization: $2 }");
  return `policies: { ${all} }\n`;
}

interface Served {
  readonly authorization?: readonly string[];
  readonly paths?: readonly string[];
}

async function serve(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  { paths, authorization = paths === undefined ? ["."] : undefined }: Served = {},
) {
  const { cwd, write } = await watchedFolder(t, files);
  const log = collectLog();
  const controlPlane = await startControlPlane({
    ...{ xds: anywhere, http: anywhere, cwd, log: createLogger(log.stream, { format: "json", level: "info" }) },
    ...(paths && { paths }),
    ...(authorization && { authorization: { paths: authorization, timeoutMs: 30_000 } }),
  });
  t.after(() => controlPlane.close());
  const client = grpcClient(t, controlPlane.xds);
  const base = `http://127.0.0.1:${controlPlane.http.port}`;
  return {
    write,
    logged: log.has,
    fetch: (path: string, signal?: AbortSignal, more: RequestInit = {}) =>
      fetch(`${base}${path}`, { ...more, ...(signal && { signal }) }),
    text: async (path: string): Promise<string> => (await fetch(`${base}${path}`)).text(),
    get: async (path: string): Promise<unknown> => (await fetch(`${base}${path}`)).json(),
    /** Asks as Envoy does; the answer is OK or the name of a status. */
    async ask(path: string, more: object = {}): Promise<string> {
      const encoded = encodeJson("envoy.service.auth.v3.CheckRequest", {
        attributes: {
          source: { address: { socket_address: { address: "10.0.0.1", port_value: 1234 } } },
          request: { http: { method: "GET", path, host: "shop.example.com", ...more } },
          context_extensions: { policy: "shop" },
        },
      });
      assert.ok(encoded.ok);
      const answer = await callUnary(client, "/envoy.service.auth.v3.Authorization/Check", Buffer.from(encoded.bytes));
      const json = JSON.stringify(decodeToJson("envoy.service.auth.v3.CheckResponse", answer));
      return /"status":\{"code":"(\w+)"/.exec(json)?.[1] ?? (json.includes("ok_response") ? "OK" : json);
    },
  };
}
