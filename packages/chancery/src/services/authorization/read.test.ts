import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatProblem } from "@chancery/xds";
import { formatPlace } from "../../documents/document.ts";
import { parseDocuments } from "../../documents/parse.ts";
import { readAuthorization } from "./read.ts";

test("mistakes are named with their place and what would be right", () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    "policies: { a: { rules: [{ allow: true, deny: true }] } }": /says allow and deny.*write one of/,
    "policies: { a: { rules: [{ match: { methods: [GET] } }] } }": /does not say what to do/,
    "policies: { a: { rules: [{ allow: false }] } }": /allow/,
    "policies: { a: { rules: [{ require: {} }] } }": /requires nothing.*allow: true/,
    "policies: { a: { rules: [{ require: { ips: {} } }] } }": /requires nothing.*allow or deny/,
    "policies: { a: { rules: [{ require: { apiKey: { keys: partnesr } } }] } }\napiKeys: { partners: {} }":
      /no set of API keys is named "partnesr".*did you mean "partners"/,
    "policies: { a: { rules: [{ require: { apiKey: { keys: p, query: a, cookie: b } } }] } }\napiKeys: { p: {} }":
      /looks in query and cookie/,
    "policies: { a: { rules: [{ require: { jwt: { issuers: [x] } } }] } }": /no issuer is named "x"/,
    "policies: { a: { rules: [{ require: { basic: { users: x } } }] } }": /no set of users is named "x"/,
    "policies: { a: { rules: [{ match: { path: { prefix: api } }, allow: true }] } }":
      /"api" would have to begin with \//,
    "policies: { a: { rules: [{ match: { path: { regex: '(?=a)' } }, allow: true }] } }": /RE2 refuses/,
    "policies: { a: { rules: [{ match: { hosts: ['Shop.example.com:80'] }, allow: true }] } }":
      /in lower case without port/,
    "policies: { a: { rules: [{ match: { ips: [10.0.0.0/33] }, allow: true }] } }": /no IP address or range/,
    "policies: { a: { rules: [{ match: { pth: /a }, allow: true }] } }": /unknown field "pth".*did you mean "path"/,
    "policies: { a: { rules: [{ deny: { status: 200 } }] } }": /at least 300/,
    "policies: { a: { rules: [{ name: x, match: { methods: [GET] }, allow: true }, { name: x, allow: true }] } }":
      /"x" is policies\.a\.rules\[0\] already/,
    "policies: { a: { rules: [{ require: { apiKey: { keys: p, userHeader: Host } } }] } }\napiKeys: { p: {} }":
      /"host" is a header that servers need/,
    "defaultPolicy: a": /no policy is named "a"/,
    "apiKeys: { p: { acme: my-own-secret } }": /must be the hash of a key/,
    "users: { p: { ann: my-own-secret } }": /must be a hash by scrypt or bcrypt/,
    "users: { p: { ann: '$2y$14$abcdefghijklmnopqrstuuJ9d6yMcnTwEBvYm4NjMzKXQZ1h2vZ6K' } }":
      /cost of 14 takes too long/,
    "issuers: { a: { issuer: x, audiences: [y], algorithms: [none], jwks: { file: k } } }": /"none" is not one of/,
    "issuers: { a: { issuer: x, audiences: [y], algorithms: [HS256], jwks: { file: k } } }": /"HS256" is not one of/,
    "issuers: { a: { issuer: x, audiences: [], algorithms: [RS256], jwks: { file: k } } }": /must not be empty/,
    "issuers: { a: { issuer: x, audiences: [y], algorithms: [RS256], jwks: { url: 'ftp://a' } } }": /no URL such as/,
    // Timers of more than 24 days end at once.
    "issuers: { a: { issuer: x, audiences: [y], algorithms: [RS256], jwks: { url: 'https://a', refresh: 700h } } }":
      /refresh: must be from 1s to 24h/,
    "issuers: { a: { issuer: x, audiences: [y], algorithms: [RS256], jwks: { url: 'https://a', timeout: 0s } } }":
      /timeout: must be from 1ms to 60s/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    const { config, problems } = read({ "a.yaml": text });
    assert.equal(config, undefined, text);
    assert.match(problems.join("\n"), message);
    assert.match(problems.join("\n"), /^a\.yaml:\d+:\d+: /, text);
    assert.doesNotMatch(problems.join("\n"), /my-own-secret/);
  }
});

test("expressions that cannot be used are named before they are", () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    "request.pth == '/'": /"request" has no "pth"; it has method/,
    "reqest.path == '/'": /there is no "reqest"; there are request/,
    "1 +": /expecting|found/,
    "foo(1) == 2": /unbound function: foo/,
    "'a'": /true or false/,
    "user.matches('(')": /missing closing/,
    "[1].all(a, [1].all(b, [1].all(c, true)))": /more than 2 deep/,
    [`[${"1,".repeat(600)}1].size() > 0`]: /500 are the most/,
  };
  for (const [expression, message] of Object.entries(wrong)) {
    const { problems } = read({ "a.yaml": ruleWith(expression) });
    assert.match(problems.join("\n"), message, expression);
  }
  for (const expression of [
    "claims.groups.exists(g, g == 'admin') || request.headers['x-a'][0] == '1'",
    "request.path.matches('^/a+$') && source.ip != '' && has(claims.sub)",
    "claims.level > 2 && sni == 'a' && context.team in ['a', 'b']",
  ]) {
    assert.deepEqual(read({ "a.yaml": ruleWith(expression) }).problems, [], expression);
  }
});

test("files are put together, and a name that two have is a mistake of the second", () => {
  const first = "policies: { a: { rules: [{ require: { apiKey: { keys: p } } }] } }\n";
  const { config } = read({ "a.yaml": first, "b.yaml": "apiKeys: { p: {} }\ndefaultPolicy: a\n" });
  assert.deepEqual([Object.keys(config?.policies ?? {}), config?.defaultPolicy], [["a"], "a"]);
  const { problems } = read({ "a.yaml": "apiKeys: { p: {} }\n", "b.yaml": "apiKeys:\n  p: {}\n" });
  assert.deepEqual(problems, [
    "b.yaml:2:3: apiKeys.p: is in a.yaml:1:12 already; give it another name, or leave one out",
  ]);
});

test("what has no effect, and keys over plain HTTP, are warned of", () => {
  const { config, problems } = read({
    "a.yaml":
      "policies: { a: { rules: [{ allow: true }, { deny: true }] } }\n" +
      "issuers: { a: { issuer: x, audiences: [y], algorithms: [RS256], jwks: { url: 'http://id.example.com' } } }\n",
  });
  assert.ok(config);
  assert.match(problems.join("\n"), /rules\[1\]: is never reached, since policies\.a\.rules\[0\]/);
  assert.match(problems.join("\n"), /plain HTTP can be replaced/);
});

test("the example of the documentation is good", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../../docs/authorization.md"), "utf8");
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const { config, problems } = read({ "a.yaml": example });
  assert.deepEqual([problems, Object.keys(config?.policies ?? {})], [[], ["shop"]]);
});

function ruleWith(expression: string): string {
  return `policies: { a: { rules: [{ require: { cel: ${JSON.stringify(expression)} } }] } }`;
}

function read(files: Readonly<Record<string, string>>) {
  const documents = Object.entries(files).flatMap(([origin, text]) => {
    const parsed = parseDocuments(text, { origin, format: "yaml" });
    assert.ok(parsed.ok, text);
    return parsed.documents;
  });
  const { config, problems } = readAuthorization(documents);
  const lines = problems.map(
    (problem) => `${formatPlace(problem.origin, problem.position)}: ${formatProblem(problem)}`,
  );
  return { config, problems: lines };
}
