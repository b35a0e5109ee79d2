import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { parseDocuments } from "../../documents/parse.ts";
import { silentLogger } from "../../logs.ts";
import { hashApiKey } from "./api-keys.ts";
import { Authorizer } from "./authorizer.ts";
import { type AuthorizationExplanation, explainDecision, explainInput } from "./explain.ts";
import { hashPassword } from "./passwords.ts";
import { toPolicies } from "./policies.ts";
import { readAuthorization } from "./read.ts";
import { finalReadings, firstSegment, readingsOf, tricks } from "./testdata/readings.ts";

test("the first rule that is for a request decides, and without one it is denied", async (t) => {
  const ask = authorize(
    t,
    policy(`
      - { name: health, match: { path: { exact: /healthz }, methods: [GET, HEAD] }, allow: true }
      - { name: internal, match: { path: { prefix: /admin }, ips: [10.0.0.0/8, "fd00::/8"] }, allow: true }
      - { name: admin, match: { path: { prefix: /admin } }, deny: { status: 404, body: nothing here } }
      - { match: { path: [{ prefix: /api/ }, { regex: "/v[0-9]+/.*" }], hosts: ["*.example.com"] }, allow: true }`),
  );
  const cases: readonly (readonly [request: string, more: Readonly<Record<string, unknown>>, decision: string])[] = [
    ["/healthz", {}, "allow health"],
    ["/healthz?x=1", {}, "allow health"],
    ["/healthz", { method: "POST" }, "deny none"],
    ["/healthz/", {}, "deny none"],
    ["/admin/x", { sourceIp: "10.1.2.3" }, "allow internal"],
    ["/admin/x", { sourceIp: "::ffff:10.1.2.3" }, "allow internal"],
    ["/admin", { sourceIp: "fd00::1" }, "allow internal"],
    ["/%61dmin", { sourceIp: "11.1.2.3" }, "deny admin"],
    ["/administrator", { sourceIp: "10.1.2.3" }, "deny none"],
    ["/api", {}, "allow #4"],
    ["/api/x", {}, "allow #4"],
    ["/apis", {}, "deny none"],
    ["/v12/x", {}, "allow #4"],
    ["/x/v12/x", {}, "deny none"],
    ["/api//x", {}, "refuse none"],
  ];
  for (const [path, more, decision] of cases) {
    const answer = await ask(path, more);
    assert.equal(`${answer.decision} ${answer.rule ?? "none"}`, decision, `${path} ${JSON.stringify(more)}`);
  }
  assert.equal((await ask("/admin")).status, 404);
  assert.equal((await ask("/api/../admin")).status, 400);
});

test("no trick with the path gets a request past a policy", async (t) => {
  const closed = authorize(t, policy("- { match: { path: { prefix: /public } }, allow: true }"));
  const open = authorize(t, policy("- { match: { path: { prefix: /admin } }, deny: true }\n      - { allow: true }"));
  let allowed = 0;
  for (const target of fc.sample(tricks, 4000)) {
    if ((await open(target)).decision === "allow") {
      allowed++;
      assert.ok(![...readingsOf(target)].some((reading) => firstSegment(reading) === "admin"), target);
    }
    if ((await closed(target)).decision === "allow") {
      allowed++;
      assert.ok(
        finalReadings(target).every((reading) => firstSegment(reading) === "public"),
        target,
      );
    }
  }
  assert.ok(allowed > 100, `only ${allowed} were allowed`);
});

test("a host is the same with another case, a port and a final dot, and what is none is refused", async (t) => {
  const ask = authorize(t, policy("- { match: { hosts: [shop.example.com, '[::1]'] }, allow: true }"));
  for (const host of ["shop.example.com", "SHOP.example.COM:8443", "shop.example.com.", "[::1]:80"]) {
    assert.equal((await ask("/", { headers: [["host", host]] })).decision, "allow", host);
  }
  for (const host of ["shop.example.com.evil", "evil.shop.example.com", "shop_example_com"]) {
    assert.equal((await ask("/", { headers: [["host", host]] })).decision, "deny", host);
  }
  for (const host of ["shop.example.com@evil", "shop.example.com..", "a b", "", "shop.example.com:80:80", "a/b"]) {
    assert.equal((await ask("/", { headers: [["host", host]] })).decision, "refuse", host);
  }
});

test("one more value of a header gets no request further: all have to match to allow, any to deny", async (t) => {
  const ask = authorize(
    t,
    policy(`
      - { name: guests, match: { headers: { x-role: guest } }, deny: true }
      - { name: staff, match: { headers: { x-role: { prefix: staff }, x-debug: { present: false } } }, allow: true }`),
  );
  const roles = async (...values: readonly string[]) =>
    (await ask("/", { headers: values.map((value) => ["X-Role", value]) })).rule ?? "none";
  assert.equal(await roles("staff"), "staff");
  assert.equal(await roles("staff", "staff-2"), "staff");
  for (const values of [["guest", "staff"], ["staff", "guest"], ["staff,guest"], ["staff, guest"]]) {
    assert.equal(await roles(...values), "guests", values.join("|"));
  }
  for (const values of [["staff", "admin"], ["staff,admin"], ["admin, staff"], []]) {
    assert.equal(await roles(...values), "none", values.join("|"));
  }
  const debugging = await ask("/", {
    headers: [
      ["x-role", "staff"],
      ["x-debug", ""],
    ],
  });
  assert.equal(debugging.decision, "deny");
});

test("what a rule that requires something is for only in part gets past it neither without that nor with it", async (t) => {
  const sets = `apiKeys: { partners: { acme: "${hashApiKey("key")}" } }`;
  const rules = `
      - { name: inner, match: { headers: { x-zone: inner } }, require: { apiKey: { keys: partners } } }
      - { name: rest, allow: true }`;
  const ask = authorize(t, policy(rules, sets));
  const zones = async (...values: readonly string[]) => {
    const headers = [["x-api-key", "key"], ...values.map((value) => ["x-zone", value])];
    const { decision, rule } = await ask("/", { headers });
    return `${decision} ${rule}`;
  };
  assert.deepEqual([await zones("inner"), await zones("outer")], ["allow inner", "allow rest"]);
  for (const values of [["inner", "outer"], ["outer", "inner"], ["inner,outer"]]) {
    assert.equal(await zones(...values), "deny inner", values.join("|"));
  }
});

test("a method in lower case is no way around a denial, nor into what is allowed", async (t) => {
  const ask = authorize(
    t,
    policy(`
      - { match: { methods: [DELETE] }, deny: true }
      - { match: { methods: [GET, DELETE] }, allow: true }
      - { match: { path: { prefix: /any } }, allow: true }`),
  );
  const decisions = ["GET", "get", "DELETE", "delete"].map(async (method) => (await ask("/any", { method })).rule);
  assert.deepEqual(await Promise.all(decisions), ["#2", "#3", "#1", "#1"]);
});

test("an API key is looked for in one place, and two of them are none", async (t) => {
  const sets = `apiKeys: { partners: { acme: "${hashApiKey("key-1")}", bolt: "${hashApiKey("key-2")}" } }`;
  const rules = `
      - { match: { path: { prefix: /h } }, require: { apiKey: { keys: partners, userHeader: x-client, forward: false } } }
      - { match: { path: { prefix: /q } }, require: { apiKey: { keys: partners, query: key } } }
      - { match: { path: { prefix: /c } }, require: { apiKey: { keys: partners, cookie: key } } }`;
  const ask = authorize(t, policy(rules, sets));
  const subject = async (path: string, ...headers: [string, string][]) => (await ask(path, { headers })).subject;
  assert.equal(await subject("/h", ["x-api-key", "key-1"]), "acme");
  assert.equal(await subject("/h", ["x-api-key", "key-2"]), "bolt");
  assert.equal(await subject("/q?key=key-1"), "acme");
  assert.equal(await subject("/c", ["cookie", "a=b; key=key-2"]), "bolt");
  for (const [path, ...headers] of [
    ["/h"],
    ["/h", ["x-api-key", "key-3"]],
    ["/h", ["x-api-key", hashApiKey("key-1")]],
    ["/h", ["x-api-key", "key-1"], ["x-api-key", "key-1"]],
    ["/h", ["x-api-key", "key-1,key-1"]],
    ["/q?key=key-1&key=key-2"],
    ["/q?Key=key-1"],
    ["/c", ["cookie", "key=key-1; key=key-2"]],
  ] as const) {
    const answer = await ask(path, { headers: headers as unknown });
    assert.deepEqual([answer.decision, answer.status], ["deny", 401], JSON.stringify([path, headers]));
  }
  const allowed = await ask("/h", {
    headers: [
      ["x-api-key", "key-1"],
      ["x_client", "evil"],
    ],
  });
  assert.deepEqual(allowed.headers, [["x-client", "acme"]]);
  assert.deepEqual(allowed.headersToRemove, ["x_client", "x-api-key"]);
});

test("headers that rules set are removed from all requests, also where nobody is asked who they are", async (t) => {
  const sets = `apiKeys: { partners: {} }`;
  const ask = authorize(
    t,
    policy(
      `
      - { match: { path: { prefix: /public } }, allow: true }
      - { require: { any: [{ apiKey: { keys: partners, userHeader: X-Client } }, { cel: "true" }] } }`,
      sets,
    ),
  );
  for (const path of ["/public", "/other"]) {
    const answer = await ask(path, {
      headers: [
        ["X-Client", "evil"],
        ["x_client", "evil"],
      ],
    });
    assert.deepEqual([answer.decision, answer.headersToRemove], ["allow", ["x-client", "x_client"]]);
  }
});

test("basic credentials are checked by scrypt or bcrypt, and denied ones are asked for", async (t) => {
  // "open sesame" by bcrypt with the lowest cost.
  const bcrypt = await (await import("@node-rs/bcrypt")).hash("open sesame", { cost: 4 });
  const sets = `users: { staff: { ann: "${await hashPassword("pass:word")}", bob: "${bcrypt}" } }`;
  const ask = authorize(
    t,
    policy("- { require: { basic: { users: staff, realm: staff, userHeader: x-user } } }", sets),
  );
  const basic = (text: string): [string, string] => ["authorization", `basic ${Buffer.from(text).toString("base64")}`];
  for (const [text, subject] of [
    ["ann:pass:word", "ann"],
    ["bob:open sesame", "bob"],
    ["bob:open sesame", "bob"],
  ] as const) {
    assert.equal((await ask("/", { headers: [basic(text)] })).subject, subject);
  }
  for (const headers of [
    [],
    [basic("ann:word")],
    [basic("cid:pass:word")],
    [basic("__proto__:x")],
    [basic("ann")],
    [basic("ann:pass:word"), basic("ann:pass:word")],
    [["authorization", "Basic !!!!"]],
    [["authorization", "Bearer abc"]],
  ]) {
    const answer = await ask("/", { headers });
    assert.deepEqual([answer.decision, answer.status], ["deny", 401], JSON.stringify(headers));
    assert.deepEqual(answer.headers, [["www-authenticate", 'Basic realm="staff", charset="UTF-8"']]);
  }
});

test("certificates, addresses and expressions are required together", async (t) => {
  const ask = authorize(
    t,
    policy(`
      - match: { path: { prefix: /mesh } }
        require:
          principals: ["spiffe://corp/ns/*/sa/shop"]
          ips: { allow: [10.0.0.0/8], deny: [10.9.0.0/16] }
          cel: request.method == 'GET' && user.startsWith('spiffe://corp/') && context['team'] == 'a'`),
  );
  const good = { principal: "spiffe://corp/ns/x/sa/shop", sourceIp: "10.0.0.1", context: { team: "a" } };
  assert.equal((await ask("/mesh", good)).decision, "allow");
  for (const [wrong, reason] of [
    [{ principal: "" }, /shows no certificate/],
    [{ principal: "spiffe://corp/ns/x/sa/shop2" }, /none of those that are allowed/],
    [{ sourceIp: "10.9.0.1" }, /among the addresses that are denied/],
    [{ sourceIp: "11.0.0.1" }, /not among the addresses/],
    [{ sourceIp: "" }, /no IP address/],
    [{ method: "POST" }, /is false/],
    [{ context: {} }, /cannot be used: .*team/],
  ] as const) {
    const answer = await ask("/mesh", { ...good, ...wrong });
    assert.deepEqual([answer.decision, answer.status], ["deny", 403]);
    assert.match(answer.reason, reason);
  }
});

test("an expression may compare what a header says with lists", async (t) => {
  const ask = authorize(t, policy("- { require: { cel: \"request.headers['x-tenant'] == [context.tenant]\" } }"));
  const tenant = async (...values: readonly string[]) => {
    const headers = values.map((value) => ["x-tenant", value]);
    return (await ask("/", { headers, context: { tenant: "a" } })).decision;
  };
  assert.deepEqual([await tenant("a"), await tenant("a", "b"), await tenant()], ["allow", "deny", "deny"]);
});

test("a connection is decided on by address and certificate, and what is for requests is not for it", async (t) => {
  const authorizer = authorizerOf(
    t,
    policy(`
      - { match: { methods: [GET] }, allow: true }
      - { match: { ips: [10.0.0.0/8] }, require: { principals: ["spiffe://corp/*"] } }`),
  );
  const nobody = { address: "", principal: "", certificate: "", service: "" };
  const connect = async (address: string, principal: string) => {
    const source = { ...nobody, address, principal };
    const contextExtensions = new Map([["policy", "shop"]]);
    return (await authorizer.check({ source, destination: nobody, sni: "", contextExtensions })).allowed;
  };
  assert.equal(await connect("10.0.0.1:1", "spiffe://corp/shop"), true);
  assert.equal(await connect("10.0.0.1:1", ""), false);
  assert.equal(await connect("11.0.0.1:1", "spiffe://corp/shop"), false);
});

test("the client's address is the one that trusted proxies pass on, and without that the request is refused", async (t) => {
  const rules =
    "rules: [{ match: { ips: [192.0.2.0/24] }, deny: true }, { match: { ips: [10.0.0.0/8] }, allow: true }]";
  const ask = authorize(t, `policies: { shop: { trustedHops: 1, ${rules} } }`);
  const from = async (...values: readonly string[]) => {
    const headers = values.map((value) => ["x-forwarded-for", value]);
    return (await ask("/", { headers, sourceIp: "172.16.0.1" })).decision;
  };
  assert.equal(await from("10.0.0.7, 172.16.0.1"), "allow");
  assert.equal(await from("192.0.2.1, 10.0.0.7,172.16.0.1"), "allow");
  assert.equal(await from("192.0.2.1", "10.0.0.7:80", "172.16.0.1"), "allow");
  assert.equal(await from("10.0.0.7, 192.0.2.1, 172.16.0.1"), "deny");
  for (const values of [[], ["172.16.0.1"], ["10.0.0.7"], ["10.0.0.7, 10.0.0.8"], ["10.0.0.7, evil, 172.16.0.1"]]) {
    assert.equal(await from(...values), "refuse", values.join("|"));
  }
  assert.equal((await ask("/", { headers: [["x-forwarded-for", "10.0.0.7"]] })).decision, "refuse");
  const headers = [["x-forwarded-for", "10.0.0.7, 172.16.0.9"]];
  assert.equal(
    (await ask("/", { headers, sourceIp: "127.0.0.1" })).decision,
    "allow",
    "Envoy hides loopback addresses",
  );
});

test("one of several requirements is enough, and who has none is told of all ways", async (t) => {
  const sets = `apiKeys: { partners: { acme: "${hashApiKey("key")}" } }\nusers: { staff: {} }`;
  const any = "any: [{ ips: { allow: [10.0.0.0/8] } }, { apiKey: { keys: partners } }, { basic: { users: staff } }]";
  const ask = authorize(t, policy(`- { require: { ${any} } }`, sets));
  assert.equal((await ask("/", { sourceIp: "10.0.0.1" })).decision, "allow");
  assert.equal((await ask("/", { headers: [["x-api-key", "key"]] })).subject, "acme");
  const denied = await ask("/", { sourceIp: "11.0.0.1" });
  assert.deepEqual([denied.status, denied.headers.length], [401, 1]);
  assert.match(denied.reason, /not among the addresses.*; and there is no API key.*; and there are no basic/);
});

test("a rule that is tried decides nothing: those after it do", async (t) => {
  const ask = authorize(
    t,
    policy(`
      - { name: tried, match: { path: { prefix: /a } }, deny: true, dryRun: true }
      - { name: open, match: { path: { exact: /b } }, allow: true, dryRun: true }
      - { name: rest, match: { path: { prefix: /a } }, allow: true }`),
  );
  const allowed = await ask("/a");
  assert.deepEqual([allowed.decision, allowed.rule], ["allow", "rest"]);
  assert.partialDeepStrictEqual(allowed.steps[0], { rule: "tried", effect: "deny", dryRun: true });
  const denied = await ask("/b");
  assert.deepEqual([denied.decision, denied.rule, denied.dryRun], ["deny", undefined, false]);
});

test("a policy that is tried lets denials of its rules through, but nothing that cannot be decided on", async (t) => {
  const ask = authorize(t, "policies: { shop: { dryRun: true, rules: [{ match: { methods: [PUT] }, allow: true }] } }");
  const denied = await ask("/");
  assert.deepEqual([denied.decision, denied.dryRun, denied.status], ["deny", true, 403]);
  const refused = await ask("/a//b");
  assert.deepEqual([refused.decision, refused.dryRun, refused.status], ["refuse", false, 400]);
  assert.equal((await ask("/", { policy: "other" })).dryRun, false);
});

test("policies, and all that they name, may be called as what every object inherits", async (t) => {
  const key = "pk_1";
  const ask = authorize(
    t,
    `
policies:
  __proto__: { rules: [{ match: { headers: { constructor: a, __proto__: b } }, allow: true }] }
  constructor: { rules: [{ require: { apiKey: { keys: __proto__, header: __proto__ } } }] }
  toString: { rules: [{ require: { basic: { users: __proto__ } } }] }
apiKeys: { __proto__: { __proto__: ${hashApiKey(key)} } }
users: { __proto__: { __proto__: "${await hashPassword("word")}" } }`,
  );
  const subjects = async (policy: string, ...headers: [string, string][]) => {
    const { decision, subject } = await ask("/", { policy, headers });
    return [decision, subject];
  };
  const basic = `Basic ${Buffer.from("__proto__:word").toString("base64")}`;
  assert.deepEqual(await subjects("__proto__", ["constructor", "a"], ["__proto__", "b"]), ["allow", undefined]);
  assert.deepEqual(await subjects("__proto__", ["constructor", "a"]), ["deny", undefined]);
  assert.deepEqual(await subjects("constructor", ["__proto__", key]), ["allow", "__proto__"]);
  assert.deepEqual(await subjects("toString", ["authorization", basic]), ["allow", "__proto__"]);
});

test("a request without a policy is decided on by the default one, and one with an unknown policy is denied", async (t) => {
  const text = "policies: { shop: { rules: [{ allow: true }] } }";
  const withDefault = authorize(t, `defaultPolicy: shop\n${text}`);
  const without = authorize(t, text);
  assert.equal((await withDefault("/", { policy: undefined })).decision, "allow");
  assert.match((await without("/", { policy: undefined })).reason, /names no policy, and there is no default/);
  for (const ask of [withDefault, without]) {
    for (const policy of ["other", "", "__proto__"]) assert.equal((await ask("/", { policy })).decision, "deny");
  }
});

const policy = (rules: string, sets = "") =>
  `policies:\n  shop:\n    rules:${/^\n/.test(rules) ? rules : `\n      ${rules}`}\n${sets}\n`;

type Ask = (path: string, more?: Readonly<Record<string, unknown>>) => Promise<AuthorizationExplanation>;

function authorize(t: TestContext, text: string): Ask {
  const authorizer = authorizerOf(t, text);
  return (path, more = {}) =>
    explainDecision(authorizer, explainInput.parse({ url: `http://shop.example.com${path}`, policy: "shop", ...more }));
}

function authorizerOf(t: TestContext, text: string): Authorizer {
  const parsed = parseDocuments(text, { origin: "policies.yaml", format: "yaml" });
  assert.ok(parsed.ok, text);
  const { config, origins, problems } = readAuthorization(parsed.documents);
  assert.deepEqual(problems, []);
  assert.ok(config);
  const log = silentLogger();
  const authorizer = new Authorizer(log, { timeoutMs: 30_000 });
  authorizer.use(toPolicies(config, { origins, cwd: "/", log }));
  t.after(() => authorizer.close());
  return authorizer;
}
