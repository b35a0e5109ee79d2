import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { encodeLogRecords } from "../../../xds/src/services/testdata/otlp-messages.ts";
import { formatAddress } from "../address.ts";
import { startControlPlane } from "../control-plane.ts";
import { logsCommand } from "./logs.ts";
import { runAgainst } from "./testdata/run-against.ts";

const timeMs = Date.parse("2026-11-21T11:37:15.932Z");
const resource = { node_name: "edge-1", cluster_name: "edge" };

test("logs are written one a line, those that the filters let through", async (t) => {
  const { run } = await start(t);
  assert.deepEqual(await run(["--path", "/b"]), {
    ...{ code: 0, stderr: "" },
    stdout: "2026-11-21T11:37:15.932Z  edge-1  GET /b 503  UF: Envoy could not connect to the upstream\n",
  });
  assert.equal((await run(["--limit", "2"])).stdout.trimEnd().split("\n").length, 2);
  const { stdout } = await run(["--status", "2xx", "--format", "json"]);
  assert.partialDeepStrictEqual(JSON.parse(stdout), { path: "/a\u009b", status: 200 });
  assert.match(stdout, /"\/a\\u009b"/);
});

test("when nothing is like that, it says so", async (t) => {
  const { run } = await start(t);
  const { code, stdout, stderr } = await run(["--node", "other"]);
  const none = "No entry of an access log is like that, of 2 that are kept\n";
  assert.deepEqual([code, stdout, stderr], [0, "", none]);
});

test("when none has come, it says how they come", async (t) => {
  const { run } = await start(t, []);
  assert.match((await run([])).stderr, /^No access log has come yet; .* accessLog: true/);
});

test("-f begins with the last, and goes on until it is ended", async (t) => {
  const { follow, post } = await start(t);
  const following = follow(["-f", "--limit", "1"]);
  assert.match(await following.line(), /GET \/b 503/);
  await post([{ timeMs, attributes: { "url.path": "/c" } }]);
  assert.match(await following.line(), /\/c/);
  following.abort();
  assert.equal(await following.code, 0);
});

test("mistakes are named", async (t) => {
  const { run } = await start(t);
  const mistakes: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
    [["--format", "xml"], 2, /Cannot use --format "xml"; write one of text, json/],
    [["--limit", "many"], 2, /Cannot read --limit "many": write a number/],
    [["more"], 2, /Unknown argument "more"/],
    [["--status", "bad"], 1, /not valid: status "bad" would have to be a status such as 404/],
  ];
  for (const [args, code, message] of mistakes) {
    const result = await run(args);
    assert.deepEqual([result.code, message.test(result.stderr)], [code, true], result.stderr);
  }
});

const records = [
  { timeMs, attributes: { method: "GET", path: "/a\u009b", status: 200 } },
  { timeMs, attributes: { method: "GET", path: "/b", status: 503, response_flags: "UF" } },
];

async function start(t: TestContext, first: Parameters<typeof encodeLogRecords>[1] = records) {
  const free = { host: "127.0.0.1", port: 0 };
  const controlPlane = await startControlPlane({ xds: free, http: free });
  t.after(() => controlPlane.close());
  const http = formatAddress(controlPlane.http);
  const post = async (records: Parameters<typeof encodeLogRecords>[1]) => {
    const headers = { "content-type": "application/x-protobuf" };
    const body = new Uint8Array(encodeLogRecords(resource, records));
    assert.equal((await fetch(`http://${http}/v1/logs`, { method: "POST", headers, body })).status, 200);
  };
  await post(first);
  return { post, ...runAgainst(http, { logs: async () => logsCommand }) };
}
