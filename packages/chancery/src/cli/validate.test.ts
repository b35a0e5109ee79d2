import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { shopModel } from "../explain/testdata/shop-model.ts";
import { folderWith, runCommand } from "./testdata/run-command.ts";

const bad = `
services:
  cart: { endpoints: ["10.0.0.5:80"] }
routes:
  cart:
    parents: public/http
    rules: { all: { to: crat } }
    nix: 1
`;

test("validate says that nothing is wrong, and in how many files", async (t) => {
  const cwd = await folderWith(t, { "shop.yaml": shopModel });
  const stdout = "1 file: nothing is wrong\n";
  assert.deepEqual(await runCommand(["validate", "."], cwd), { code: 0, stdout, stderr: "" });
});

test("validate warns of a folder that has nothing to check", async (t) => {
  const cwd = await folderWith(t, { "config/model.txt": shopModel });
  const { code, stdout } = await runCommand(["validate", "config"], cwd);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    "config: warning: has no file in it that is named .yaml, .yml or .json [folder-empty]\n0 files: 0 errors, 1 warning\n",
  );
  assert.equal((await runCommand(["validate", "config", "--strict"], cwd)).code, 1);
});

test("validate says what to do with an Envoy's own file, and with JSON as others read it", async (t) => {
  const cwd = await folderWith(t, {
    ...{ "envoy.yaml": "static_resources: {}\n", "node.yaml": "node: { id: a }\nstatic_resources: {}\n" },
    ...{ "a.json": "// routes\n{}", "b.json": '{ "routes": {}, }', "c.json": "{ 'routes': {} }" },
  });
  const { stdout } = await runCommand(["validate", "."], cwd);
  assert.match(stdout, /envoy\.yaml:1:1: .*\n {2}this is an Envoy's own file: chancery import makes a model of it\n/);
  assert.match(stdout, /node\.yaml:1:1: .*\n {2}if this is an Envoy's own file, chancery import makes a model of it\n/);
  assert.match(stdout, /a\.json:1:1: .*\n {2}JSON has no comments; YAML has them, behind a #\n/);
  assert.match(stdout, /b\.json:1:17: .*\n {2}leave out the comma before it\n/);
  assert.match(stdout, /c\.json:1:3: .*\n {2}write " in the place of '\n/);
});

test("validate lists what is wrong by its place, with what would be right, and exits with 1", async (t) => {
  const cwd = await folderWith(t, { "b.yaml": shopModel, "a.yaml": bad, "c.yaml": "routes: [\n" });
  const { code, stdout } = await runCommand(["validate", "."], cwd);
  assert.equal(code, 1);
  assert.match(stdout, /^a\.yaml:8:5: error: routes\.cart\.nix: unknown field "nix" \[unknown-field\]\n {2}there are /);
  assert.match(stdout, /\nc\.yaml:\d+:\d+: error: line \d is not valid YAML: .*\n2 files: 2 errors, 0 warnings\n$/s);
});

test("validate says what was meant by a name that nothing has", async (t) => {
  const cwd = await folderWith(t, { "shop.yaml": shopModel.replace("service: shop", "service: shpo") });
  const { stdout } = await runCommand(["validate", "shop.yaml"], cwd);
  const place = "shop.yaml:9:63: error: routes.shop.rules.api.to[0].service";
  const text = `${place}: no service named "shpo" [dangling-reference]\n  did you mean "shop"?\n`;
  assert.equal(stdout, `${text}1 file: 1 error, 0 warnings\n`);
});

test("validate says what policies name that the files of a service do not have", async (t) => {
  const policies = `policies:
  users: { targets: gateway/public, authorization: usres }
  edge: { targets: gateway/public, rateLimit: { domain: egde, descriptors: [[remoteAddress]] } }
`;
  const cwd = await folderWith(t, {
    "model/shop.yaml": `${shopModel}${policies}`,
    "authz.yaml": "policies: { users: { rules: [{ allow: true }] } }\n",
    "limits/edge.yaml": "domain: edge\ndescriptors: [{ key: remote_address }]\n",
    "broken.yaml": "policies: 7\n",
  });
  const alone = await runCommand(["validate", "model"], cwd);
  assert.equal(alone.code, 0);
  const files = ["--authorization", "authz.yaml", "--rate-limits", "limits"];
  const { code, stdout } = await runCommand(["validate", "model", ...files], cwd);
  assert.equal(code, 1);
  assert.match(stdout, /policies\.users\.authorization: no file of authorization has a policy "usres": all is refused/);
  assert.match(stdout, /did you mean "users"\?\n/);
  assert.match(
    stdout,
    /rateLimit\.domain: no file of rate limits has a domain "egde": nothing is limited .*\n.*"edge"\?/,
  );
  const broken = await runCommand(["validate", "model", "--authorization", "broken.yaml"], cwd);
  assert.match(broken.stdout, /^broken\.yaml:1:1: error: policies: .*1 error/s);
});

test("validate takes warnings for errors if it is strict", async (t) => {
  const certificates = "certificates: { soon: { files: { cert: cert.pem, key: key.pem } } }\n";
  const cwd = await folderWith(t, { "shop.yaml": shopModel, "more.yaml": certificates });
  const files = ["-keyout", join(cwd, "key.pem"), "-out", join(cwd, "cert.pem"), "-days", "1", "-subj", "/CN=soon"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", ...key, ...files], { stdio: "ignore" });
  const lax = await runCommand(["validate", "."], cwd);
  assert.match(lax.stdout, /^more\.yaml:1:\d+: warning: .*"soon" expires on .*\[certificate-expiring\]\n/);
  assert.match(lax.stdout, /2 files: 0 errors, 1 warning\n$/);
  assert.equal(lax.code, 0);
  const strict = await runCommand(["validate", ".", "--strict"], cwd);
  assert.match(strict.stdout, /2 files: 1 error, 0 warnings\n$/);
  assert.equal(strict.code, 1);
});

test("validate writes JSON that names file, line and column", async (t) => {
  const cwd = await folderWith(t, { "shop.yaml": shopModel.replace("service: shop", "service: shpo") });
  const { stdout } = await runCommand(["validate", ".", "--format", "json"], cwd);
  assert.deepEqual(JSON.parse(stdout), {
    problems: [
      {
        file: "shop.yaml",
        line: 9,
        column: 63,
        severity: "error",
        code: "dangling-reference",
        path: "routes.shop.rules.api.to[0].service",
        message: 'no service named "shpo"',
        hint: 'did you mean "shop"?',
      },
    ],
  });
});

test("validate writes SARIF, in which each code is a rule and each place a region", async (t) => {
  const cwd = await folderWith(t, {
    "sub dir/a.yaml": bad,
    "shop.yaml": shopModel.replace("to: [{", "to: [{ nix: 1,"),
  });
  const { stdout } = await runCommand(["validate", ".", "--format", "sarif"], cwd);
  const log = JSON.parse(stdout);
  const [run] = log.runs;
  assert.equal(log.version, "2.1.0");
  assert.deepEqual(run.tool.driver.rules, [
    {
      id: "unknown-field",
      shortDescription: { text: "Unknown field" },
      defaultConfiguration: { level: "error" },
    },
  ]);
  assert.deepEqual(
    run.results.map((result: Result) => [result.ruleId, result.ruleIndex, result.level, placeOf(result)]),
    [
      ["unknown-field", 0, "error", "shop.yaml:9:63"],
      ["unknown-field", 0, "error", "sub%20dir/a.yaml:8:5"],
    ],
  );
});

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string };
      readonly region: { readonly startLine: number; readonly startColumn: number };
    };
  }[];
}

function placeOf({ locations: [location] }: Result): string {
  const { artifactLocation, region } = location?.physicalLocation ?? {};
  return `${artifactLocation?.uri}:${region?.startLine}:${region?.startColumn}`;
}

test("what Envoy alone can say is said with --envoy, at the object that it is about", async (t) => {
  const cwd = await folderWith(t, {
    "shop.yaml": shopModel,
    "patches.yaml": `patches:
  twice: { target: { type: listeners, name: "public:8080" }, operations: [{ op: add, path: /filterChains/-, value: { name: x } }] }
`,
  });
  assert.equal((await runCommand(["validate", "shop.yaml", "--envoy"], cwd)).stdout, "1 file: nothing is wrong\n");
  assert.equal((await runCommand(["validate", "."], cwd)).code, 0);
  const { code, stdout } = await runCommand(["validate", ".", "--envoy"], cwd);
  assert.equal(code, 1);
  const refused = 'patches.yaml:2:3: error: patches.twice: Envoy refuses listeners "public:8080" of fleet "edge"';
  assert.ok(stdout.startsWith(`${refused}: error adding listener`), stdout);
});

test("what is quoted by Envoy and stands in one resource only is about that", async (t) => {
  const cwd = await folderWith(t, {
    "shop.yaml": shopModel,
    "patches.yaml": `patches:
  socket: { target: { type: clusters, name: shop }, operations: [{ op: add, path: /transportSocket, value: { name: no.such.socket } }] }
`,
  });
  const { stdout } = await runCommand(["validate", ".", "--envoy"], cwd);
  assert.match(
    stdout,
    /^patches\.yaml:2:3: error: .*clusters "shop" of fleet "edge": Didn't find .*'no\.such\.socket'/,
  );
});

const mistakes: [args: string[], says: RegExp][] = [
  [[], /Name files or folders/],
  [["nowhere"], /there is no such file or folder/],
  [[".", "--format", "xml"], /write one of text, json, sarif/],
];

for (const [args, says] of mistakes) {
  test(`"validate ${args.join(" ")}" is a mistake`, async (t) => {
    const { code, stderr } = await runCommand(["validate", ...args], await folderWith(t, {}));
    assert.equal(code, 2);
    assert.match(stderr, says);
  });
}
