import assert from "node:assert/strict";
import { test } from "node:test";
import { restPaths } from "@chancery/xds";
import { parse, stringify } from "yaml";
import { type AdminContext, type AdminOptions, createAdmin } from "./app.ts";
import { emptyContext } from "./testdata/context.ts";

const url = "/api/v1/snapshots/edge-1";
const cluster = { name: "shop", connect_timeout: "1s" };
const snapshot = { version: "7", resources: { clusters: [cluster] } };

test("a snapshot that is PUT is there, is listed, and can be deleted", async () => {
  const { app, changes } = await admin();
  const put = await app.inject({ method: "PUT", url, payload: snapshot });
  assert.equal(put.statusCode, 200);
  const summary = { node: "edge-1", version: "7", types: { clusters: { version: "7", count: 1 } } };
  assert.partialDeepStrictEqual(put.json(), summary);

  const get = await app.inject(url);
  assert.match(String(get.headers["content-type"]), /^application\/json/);
  assert.partialDeepStrictEqual(get.json(), { node: "edge-1", version: "7" });
  assert.equal(get.json().resources.clusters[0].name, "shop");

  assert.partialDeepStrictEqual((await app.inject("/api/v1/snapshots")).json(), [summary]);

  assert.equal((await app.inject({ method: "DELETE", url })).statusCode, 204);
  assert.equal((await app.inject(url)).statusCode, 404);
  assert.deepEqual((await app.inject("/api/v1/snapshots")).json(), []);
  assert.deepEqual(changes, [
    { kind: "set", node: "edge-1", from: "PUT" },
    { kind: "delete", node: "edge-1", from: "DELETE" },
  ]);
});

test("without a version there is none for the snapshot, but one for each type", async () => {
  const { app } = await admin();
  const { resources } = snapshot;
  const body = (await app.inject({ method: "PUT", url, payload: { resources } })).json();
  assert.equal(body.version, undefined);
  assert.match(body.types.clusters.version, /./);
});

test("what GET answers can be PUT again", async () => {
  const { app } = await admin();
  await app.inject({ method: "PUT", url, payload: snapshot });
  const first = await app.inject(url);
  const again = await app.inject({ method: "PUT", url, payload: first.json() });
  assert.equal(again.statusCode, 200);
  assert.deepEqual((await app.inject(url)).json(), first.json());
});

test("what a snapshot refers to and does not have is listed", async () => {
  const { app } = await admin();
  assert.equal((await app.inject(`${url}/problems`)).statusCode, 404);
  const mesh = { name: "mesh", type: "EDS", eds_cluster_config: { eds_config: { ads: {} } } };
  await app.inject({ method: "PUT", url, payload: { resources: { clusters: [mesh] } } });
  assert.deepEqual((await app.inject(`${url}/problems`)).json(), [
    { path: 'clusters "mesh".eds_cluster_config', message: 'the snapshot has no "mesh" in endpoints' },
  ]);
});

test("private keys do not come out again", async () => {
  const { app } = await admin();
  const certificate = { certificate_chain: { inline_string: "chain" }, private_key: { inline_string: "very private" } };
  const secrets = [{ name: "edge", tls_certificate: certificate }];
  const put = await app.inject({ method: "PUT", url, payload: { resources: { secrets } } });
  assert.equal(put.statusCode, 200, put.body);
  const get = await app.inject(url);
  assert.equal(get.json().resources.secrets[0].name, "edge");
  assert.doesNotMatch(get.body, /very private/);
});

test("a node id may be long and have any characters", async () => {
  const { app } = await admin();
  const node = `${"a".repeat(300)}/b c?d`;
  const put = await app.inject({
    method: "PUT",
    url: `/api/v1/snapshots/${encodeURIComponent(node)}`,
    payload: snapshot,
  });
  assert.equal(put.json().node, node);
});

for (const type of [
  "application/yaml",
  "text/yaml",
  "application/x-yaml",
  "application/yaml; charset=utf-8",
  undefined,
]) {
  test(`a body may be YAML as ${type ?? "no type at all"}`, async () => {
    const { app } = await admin();
    const headers = type === undefined ? {} : { "content-type": type };
    const put = await app.inject({ method: "PUT", url, headers, payload: stringify(snapshot) });
    assert.equal(put.statusCode, 200, put.body);
  });
}

test("GET answers YAML to those who ask for it", async () => {
  const { app } = await admin();
  await app.inject({ method: "PUT", url, payload: snapshot });
  const get = await app.inject({ url, headers: { accept: "application/yaml" } });
  assert.match(String(get.headers["content-type"]), /^application\/yaml/);
  assert.deepEqual(parse(get.body), (await app.inject(url)).json());
});

test("YAML means the same as JSON, whatever texts are in it", async () => {
  const { app } = await admin();
  const texts = ["a\n  b\n\n c\n", "\n\nx", "  x\n y", "a\u2028b\rc\u0085d", "- x: y # z", "\t|\n>", "yes", "😀\n"];
  const payload = {
    version: "1",
    resources: {
      clusters: texts.map((text, index) => ({ ...cluster, name: `c${index}`, alt_stat_name: text })),
      "type.googleapis.com/google.protobuf.StringValue": [{ name: "odd: name", resource: "a\nb" }],
    },
  };
  const put = await app.inject({ method: "PUT", url, payload });
  assert.equal(put.statusCode, 200, put.body);
  const json = (await app.inject(url)).json();
  assert.deepEqual(
    json.resources.clusters.map((one: { alt_stat_name: string }) => one.alt_stat_name),
    texts,
  );
  const { body } = await app.inject({ url, headers: { accept: "application/yaml" } });
  assert.deepEqual(parse(body), json);
});

test("a body that is not valid is a problem that names the place, and changes nothing", async () => {
  const { app } = await admin();
  await app.inject({ method: "PUT", url, payload: snapshot });
  const payload = { resources: { clusters: [cluster, { connect_timeout: "1s" }] } };
  const put = await app.inject({ method: "PUT", url, payload });
  assert.equal(put.statusCode, 400);
  assert.match(String(put.headers["content-type"]), /^application\/problem\+json/);
  const problem = put.json();
  assert.partialDeepStrictEqual(problem, { type: "about:blank", title: "Bad Request", status: 400, instance: url });
  assert.match(problem.problems[0].path, /clusters\[1\]/);
  assert.equal((await app.inject(url)).json().version, "7");
});

const wrongBodies: [what: string, body: string, type: string, says: RegExp][] = [
  ["is not JSON", '{\n"resources": x}', "application/json", /line 2 is not valid JSON/],
  ["is not YAML", "resources: {\n", "application/yaml", /line 2 is not valid YAML/],
  ["is empty", "", "application/yaml", /0 documents/],
  ["has two documents", "a: 1\n---\na: 1\n", "application/yaml", /2 documents/],
  ["is a list", "[]", "application/json", /expected object/],
  ["has a type that is no list", '{"resources": {"clusters": {}}}', "application/json", /"resources\.clusters"/],
  ["names another node", '{"node": "edge-2", "resources": {}}', "application/json", /"edge-2\\" is not \\"edge-1/],
  ["has a member that nothing knows", '{"resource": {}}', "application/json", /"resource"/],
];

for (const [what, payload, type, says] of wrongBodies) {
  test(`a body that ${what} is refused`, async () => {
    const { app } = await admin();
    const put = await app.inject({ method: "PUT", url, headers: { "content-type": type }, payload });
    assert.equal(put.statusCode, 400, put.body);
    assert.match(put.body, says);
  });
}

test("a mistake in the JSON of one resource is told with its line in the body", async () => {
  const { app } = await admin();
  const payload = '{"resources": {"clusters": [\n  {"name": "a"},\n  {"name": b}\n]}}';
  const put = await app.inject({ method: "PUT", url, headers: { "content-type": "application/json" }, payload });
  assert.equal(put.statusCode, 400);
  assert.match(put.json().detail, /^line 3 is not valid JSON/);
});

test("of JSON that is not valid, that is told, whatever else is wrong", async () => {
  const { app } = await admin();
  const payload = '{"others": {"x": [y]}, "version": 1, "resources": {"clusters": [{"connect_timeout": "1"}]}}';
  const put = await app.inject({ method: "PUT", url, headers: { "content-type": "application/json" }, payload });
  assert.match(put.json().detail, /^line 1 is not valid JSON/);
});

test("YAML that looks like JSON is read as YAML", async () => {
  const { app } = await admin();
  const payload = '{"resources": {"clusters": [{name: a}, # not ] the end\n {"name": b}]}}';
  const put = await app.inject({ method: "PUT", url, headers: { "content-type": "application/yaml" }, payload });
  assert.equal(put.json().types.clusters.count, 2, put.body);
});

test("a request without a body is refused", async () => {
  const { app } = await admin();
  const put = await app.inject({ method: "PUT", url });
  assert.equal(put.statusCode, 400);
  assert.match(put.body, /0 documents/);
});

const large = { resources: { clusters: Array.from({ length: 2000 }, (_, i) => ({ name: `large-${i}` })) } };

test("other requests are answered while a large body is read", async () => {
  const { app } = await admin();
  const answered: string[] = [];
  const put = app.inject({ method: "PUT", url, payload: large }).then(() => answered.push("PUT"));
  await app.inject("/healthz").then(() => answered.push("/healthz"));
  await put;
  assert.deepEqual(answered, ["/healthz", "PUT"]);
});

test("of changes of one node at once, the last to come stays, however long the others take", async () => {
  const { app, changes } = await admin();
  const puts = [large, snapshot].map((payload) => app.inject({ method: "PUT", url, payload }));
  for (const put of await Promise.all(puts)) assert.equal(put.statusCode, 200);
  assert.equal((await app.inject(url)).json().version, "7");
  assert.equal(changes.length, 2);
});

test("a DELETE that comes while a body is read clears what the body said", async () => {
  const begun = Promise.withResolvers<void>();
  const { app } = await admin({}, {}, () => void begun.resolve());
  const put = app.inject({ method: "PUT", url, payload: large });
  await begun.promise;
  const deleted = await app.inject({ method: "DELETE", url });
  assert.deepEqual([(await put).statusCode, deleted.statusCode], [200, 204]);
  assert.equal((await app.inject(url)).statusCode, 404);
});

test("a node that a file comes to configure while a body is read is the file's", async () => {
  let asked = 0;
  const { app } = await admin({}, {}, () => (asked++ === 0 ? undefined : "edge.yaml"));
  assert.equal((await app.inject({ method: "PUT", url, payload: snapshot })).statusCode, 409);
  assert.equal((await app.inject(url)).statusCode, 404);
});

test("a body that is not UTF-8 is refused", async () => {
  const { app } = await admin();
  const headers = { "content-type": "application/json" };
  const put = await app.inject({ method: "PUT", url, headers, payload: Buffer.from('{"version": "\xff"}', "latin1") });
  assert.deepEqual([put.statusCode, put.json().detail], [400, "The body is not UTF-8 text"]);
});

test("a body of another type is refused, and what would be right is said", async () => {
  const { app } = await admin();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const put = await app.inject({ method: "PUT", url, headers, payload: "a=b" });
  assert.equal(put.statusCode, 415);
  assert.match(put.json().detail, /application\/yaml/);
});

test("a body that is too large is refused", async () => {
  const { app } = await admin({}, { maxBodyBytes: 10 });
  const put = await app.inject({ method: "PUT", url, payload: snapshot });
  assert.equal(put.statusCode, 413);
  assert.match(String(put.headers["content-type"]), /^application\/problem\+json/);
});

test("a node that a file configures is not changed here", async () => {
  const { app } = await admin({}, {}, (node) => (node === "edge-1" ? "conf/edge.yaml" : undefined));
  for (const method of ["PUT", "DELETE"] as const) {
    const answer = await app.inject({ method, url, ...(method === "PUT" && { payload: snapshot }) });
    assert.equal(answer.statusCode, 409);
    assert.match(answer.json().detail, /"conf\/edge\.yaml"/);
  }
});

test("an unknown path is a problem", async () => {
  const { app } = await admin();
  const answer = await app.inject("/nowhere");
  assert.equal(answer.statusCode, 404);
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
});

test("a mistake of the server is a problem that says nothing of its inside", async () => {
  const { app } = await admin({}, {}, () => {
    throw new Error("inside");
  });
  const answer = await app.inject({ method: "PUT", url, payload: snapshot });
  assert.equal(answer.statusCode, 500);
  assert.doesNotMatch(answer.body, /inside/);
});

test("healthz answers always, readyz when nothing speaks against it", async () => {
  let reason: string | undefined = "The sources are not loaded yet";
  const { app } = await admin({ unready: () => reason });
  assert.equal((await app.inject("/healthz")).statusCode, 200);
  const before = await app.inject("/readyz");
  assert.deepEqual([before.statusCode, before.json().detail], [503, reason]);
  reason = undefined;
  assert.equal((await app.inject("/readyz")).statusCode, 200);
});

test("the status of clients is answered to those who may call the API", async () => {
  const { app } = await admin();
  const request = { method: "POST", url: "/v3/discovery:client_status", payload: {} } as const;
  const answer = await app.inject(request);
  assert.deepEqual([answer.statusCode, answer.json()], [200, { config: [] }]);
  const payload = { node_matchers: [{ node_id: {} }] };
  const wrong = await app.inject({ ...request, payload });
  assert.deepEqual([wrong.statusCode, wrong.json().problems[0].path], [400, "node_matchers[0].node_id"]);
  assert.equal((await app.inject({ ...request, headers: { host: "attacker.example.com" } })).statusCode, 421);
});

test("metrics are Prometheus text", async () => {
  const { app } = await admin();
  const answer = await app.inject("/metrics");
  assert.equal(answer.statusCode, 200);
  assert.match(String(answer.headers["content-type"]), /^text\/plain; version=0\.0\.4/);
});

test("the OpenAPI description has every route", async () => {
  const { app } = await admin();
  const { openapi, paths } = (await app.inject("/api/v1/openapi.json")).json();
  assert.match(openapi, /^3\.1\./);
  assert.deepEqual(Object.keys(paths).sort(), [
    "/api/v1/clients",
    "/api/v1/clients/{node}",
    "/api/v1/config",
    "/api/v1/events",
    "/api/v1/explain",
    "/api/v1/snapshots",
    "/api/v1/snapshots/{node}",
    "/api/v1/snapshots/{node}/problems",
    "/healthz",
    "/metrics",
    "/readyz",
    ...[...restPaths, "/v3/discovery:client_status"].sort(),
  ]);
  const put = paths["/api/v1/snapshots/{node}"].put;
  assert.deepEqual(Object.keys(put.requestBody.content), [
    "application/json",
    "application/yaml",
    "text/yaml",
    "application/x-yaml",
  ]);
  assert.deepEqual(Object.keys(put.responses["400"].content), ["application/problem+json"]);
});

for (const host of ["localhost:18001", "127.0.0.1", "[::1]:18001", "allowed.example.com:1"]) {
  test(`on loopback a request to "${host}" is answered`, async () => {
    const { app } = await admin({}, { allowedHosts: ["Allowed.example.com"] });
    assert.equal((await app.inject({ url: "/healthz", headers: { host } })).statusCode, 200);
  });
}

for (const host of ["attacker.example.com", "10.0.0.1:18001", "127.0.0.1.example.com", "a b"]) {
  test(`on loopback a request to "${host}" is refused`, async () => {
    const { app } = await admin();
    const answer = await app.inject({ url: "/healthz", headers: { host } });
    assert.equal(answer.statusCode, 421);
  });
}

test("on loopback other hosts are refused as well after the right one was named", async () => {
  const { app } = await admin();
  const asked = ["127.0.0.1", "127.0.0.1", "attacker.example.com", "127.0.0.1"];
  const answers = await Promise.all(asked.map((host) => app.inject({ url: "/healthz", headers: { host } })));
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 421, 200],
  );
});

test("on an address that others reach, it may be called by any name", async () => {
  const { app } = await admin({}, { host: "0.0.0.0" });
  assert.equal((await app.inject({ url: "/healthz", headers: { host: "cp.example.com" } })).statusCode, 200);
});

test("pages of other origins must not change anything", async () => {
  const { app } = await admin();
  for (const [origin, status] of [
    ["http://evil.example.com", 403],
    ["null", 403],
    ["http://localhost:3000", 403],
    ["http://localhost:18001", 200],
  ] as const) {
    const headers = { host: "localhost:18001", origin };
    const answer = await app.inject({ method: "PUT", url, headers, payload: snapshot });
    assert.equal(answer.statusCode, status, origin);
  }
});

async function admin(
  context: Partial<AdminContext> = {},
  options: AdminOptions = {},
  ownerOf: (node: string) => string | undefined = () => undefined,
) {
  const changes: unknown[] = [];
  const empty = emptyContext();
  const configuration = { ...empty.configuration, ownerOf, noteChange: (change: unknown) => changes.push(change) };
  const app = await createAdmin({ ...empty, configuration, ...context }, options);
  return { app, changes };
}
