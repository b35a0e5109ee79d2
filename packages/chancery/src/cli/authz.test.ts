import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import { callUnary, grpcClient } from "../../../xds/src/grpc/testdata/grpc-client.ts";
import { formatAddress } from "../address.ts";
import { startControlPlane } from "../control-plane.ts";
import { hashApiKey } from "../services/authorization/api-keys.ts";
import { toPasswords } from "../services/authorization/passwords.ts";
import { authzCommand } from "./authz.ts";
import { runAgainst } from "./testdata/run-against.ts";
import { folderWith, runCommand } from "./testdata/run-command.ts";

const text = `
defaultPolicy: shop
policies:
  shop:
    rules:
      - { name: tried, match: { methods: [GET] }, deny: true, dryRun: true }
      - { name: api, match: { path: { prefix: /api } }, require: { apiKey: { keys: partners, userHeader: x-client } } }
apiKeys:
  partners: { acme: "${hashApiKey("key")}" }
`;

test("authz explain shows each rule and why it decides or does not, by files and by a server alike", async (t) => {
  const cwd = await folderWith(t, { "policies.yaml": text });
  const free = { host: "127.0.0.1", port: 0 };
  const controlPlane = await startControlPlane({
    ...{ cwd, xds: free, http: free },
    authorization: { paths: ["policies.yaml"] },
  });
  t.after(() => controlPlane.close());
  for (const where of [
    ["--file", "policies.yaml"],
    ["--http", formatAddress(controlPlane.http)],
  ]) {
    const url = "http://shop.example.com/api/x";
    assert.deepEqual(await runCommand(["authz", "explain", url, "-H", "X-API-Key: key", ...where], cwd), {
      ...{ code: 0, stderr: "" },
      stdout:
        "GET http://shop.example.com/api/x\n" +
        "  policy   shop\n" +
        "  rule     tried  deny (dry run): the rule denies it\n" +
        '  rule     api    allow: the API key is that of "acme"\n' +
        "  subject  acme\n" +
        "  header   x-client: acme\n" +
        '  allow by rule api: the API key is that of "acme"\n',
    });
    const denied = await runCommand(["authz", "explain", "http://shop.example.com/api/../x", ...where], cwd);
    assert.deepEqual([denied.code, denied.stderr], [1, ""]);
    assert.match(denied.stdout, /\n {2}refuse 400: ambiguous path: a dot segment\n$/);
    const json = await runCommand(["authz", "explain", url, "-X", "PUT", "--format", "json", ...where], cwd);
    assert.partialDeepStrictEqual(JSON.parse(json.stdout), { decision: "deny", rule: "api", status: 401 });
  }
});

test("authz decisions shows what was decided and why, and goes on with what comes", async (t) => {
  const cwd = await folderWith(t, { "policies.yaml": text });
  const free = { host: "127.0.0.1", port: 0 };
  const authorization = { paths: ["policies.yaml"] };
  const controlPlane = await startControlPlane({ cwd, xds: free, http: free, authorization });
  t.after(() => controlPlane.close());
  const client = grpcClient(t, controlPlane.xds);
  const check = async (path: string, headers: object = {}) => {
    const request = { attributes: { request: { http: { method: "GET", host: "a", path, headers } } } };
    const encoded = encodeJson("envoy.service.auth.v3.CheckRequest", request);
    assert.ok(encoded.ok);
    await callUnary(client, "/envoy.service.auth.v3.Authorization/Check", Buffer.from(encoded.bytes));
  };
  const { run, follow } = runAgainst(formatAddress(controlPlane.http), { authz: async () => authzCommand });
  assert.deepEqual(await run(["decisions"]), { code: 0, stdout: "", stderr: "No decision is like that\n" });
  await check("/api/\u009b?secret", { "x-api-key": "key" });
  await check("/api/x", { "x-api-key": "key" });
  await check("/other?secret");
  const { stdout } = await run(["decisions", "--policy", "shop"]);
  const tried = "(dry run) tried: deny, the rule denies it";
  assert.deepEqual(stdout.replace(/^\S+ {2}/gm, "").split("\n"), [
    "refuse 400  GET a/api/\\u009b  -  shop: ambiguous path: a character that has to be percent-encoded",
    `allow  GET a/api/x  - acme  shop#api: the API key is that of "acme"  ${tried}`,
    `deny 403  GET a/other  -  shop: no rule allows it  ${tried}`,
    "",
  ]);
  const json = await run(["decisions", "--decision", "allow", "--format", "json"]);
  assert.partialDeepStrictEqual(JSON.parse(json.stdout), {
    decision: "allow",
    subject: "acme",
    request: { path: "/api/x" },
  });
  const following = follow(["decisions", "--follow", "--limit", "1", "--decision", "deny"]);
  assert.match(await following.line(), /GET a\/other/);
  await check("/more");
  assert.match(await following.line(), /GET a\/more/);
  following.abort();
  assert.equal(await following.code, 0);
});

test("authz key and authz hash make what the configuration takes", async (t) => {
  const cwd = await folderWith(t, { secret: "key\nmore\n", empty: "" });
  const { stdout } = await runCommand(["authz", "key"], cwd);
  const [, key = "", hash] = /^key {3}(\S{43})\nhash {2}(\S+)\n$/.exec(stdout) ?? [];
  assert.equal(hashApiKey(key), hash);
  assert.equal((await runCommand(["authz", "hash", "secret"], cwd)).stdout, `${hashApiKey("key")}\n`);
  const password = (await runCommand(["authz", "hash", "--password", "secret"], cwd)).stdout.trim();
  assert.equal(await toPasswords({ ann: password }).verify("ann", "key"), true);
});

test("mistakes are named", async (t) => {
  const cwd = await folderWith(t, { "policies.yaml": "policies: 7\n", empty: "" });
  const mistakes: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
    [[], 2, /Say what to do: explain, decisions, key, hash/],
    [["expalin"], 2, /Cannot do "expalin"/],
    [["explain"], 2, /What request/],
    [["decisions", "all"], 2, /Unknown argument "all"/],
    [["decisions", "--decision", "no"], 2, /--decision "no"/],
    [["decisions", "--limit", "many"], 2, /Cannot read --limit "many"/],
    [["explain", "shop.example.com"], 2, /must be a URL/],
    [["explain", "http://a/", "-H", "x"], 2, /Cannot read -H "x"/],
    [["explain", "http://a/", "--context", "x"], 2, /write KEY=VALUE/],
    [["explain", "http://a/", "--format", "xml"], 2, /Cannot use --format "xml"/],
    [
      ["explain", "http://a/", "-f", "policies.yaml"],
      1,
      /policies\.yaml:1:1: policies: must be an object.*\n.*mistakes/,
    ],
    [["hash"], 2, /Hash what/],
    [["hash", "none"], 1, /Cannot read "none"/],
    [["hash", "empty"], 1, /There is nothing to hash in "empty"/],
  ];
  for (const [args, code, message] of mistakes) {
    const result = await runCommand(["authz", ...args], cwd);
    assert.deepEqual([result.code, message.test(result.stderr)], [code, true], `${args.join(" ")}: ${result.stderr}`);
  }
  for (const option of ["timeout", "max-delay"]) {
    const { stderr } = await runCommand(["serve", `--authorization-${option}`, "5"], cwd);
    assert.match(stderr, new RegExp(`Cannot use --authorization-${option} without --authorization PATH`));
  }
});
