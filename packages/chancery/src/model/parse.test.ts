import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "@chancery/xds";
import { parseDocuments } from "../documents/parse.ts";
import { emptyModelState, type ModelState, toModel } from "./parse.ts";

const ecKey =
  "kty: EC, crv: P-256, x: 9sU8f9AyNBXHtGMf9Sdh8K8YBmV3Ea1-QNKUL0tHZek, y: LdVly6TLQhn47fQiJU6kIHwIlnBAFd9kYqgcXSu2aok";

test("short-hands become the canonical form", () => {
  const { model } = read(`
    routes:
      shop: { parents: public/https, to: shop }
    services:
      shop: { endpoints: [10.0.0.5:8080, { address: "unix:/run/shop", weight: 2 }] }
  `);
  assert.deepEqual(model.problems, []);
  assert.deepEqual(model.routes.get("shop")?.value, {
    parents: ["public/https"],
    protocol: "http",
    order: "written",
    rules: { all: { to: [{ service: "shop", weight: 1 }] } },
  });
  assert.deepEqual(model.services.get("shop")?.value.endpoints, [
    { kind: "ip", host: "10.0.0.5", port: 8080, priority: 0 },
    { kind: "unix", path: "/run/shop", weight: 2, priority: 0 },
  ]);
});

test("several documents make one model; what is there twice is the first one's, and both places are named", () => {
  const { model } = read(
    "services:\n  shop: { endpoints: 10.0.0.1:80 }\n---\nservices:\n  shop: { endpoints: 10.0.0.2:80 }\n",
  );
  assert.match(JSON.stringify(model.services.get("shop")?.value), /10\.0\.0\.1/);
  assert.deepEqual(model.problems.map(toLine), [
    'test.yaml:5:3: services.shop: service "shop" is in test.yaml:2:3 already, which keeps it; give one of them another name',
  ]);
});

const mistakes: readonly (readonly [yaml: string, problem: string])[] = [
  ["service: {}", 'test.yaml:1:1: service: there is no kind "service"; did you mean "services"?'],
  [
    "services: { shop: { endpoint: 10.0.0.1:80 } }",
    'test.yaml:1:21: services.shop.endpoint: unknown field "endpoint"; did you mean "endpoints"?',
  ],
  [
    "services: { Shop: {} }",
    'test.yaml:1:13: services.Shop: the name "Shop" must be lower-case letters, digits and dashes, beginning with a letter, such as shop-v2',
  ],
  [
    "services: { shop: { endpoints: [10.0.0.1] } }",
    "test.yaml:1:33: services.shop.endpoints[0]: must be HOST:PORT such as 10.0.0.5:8080, shop.internal:80 or [::1]:8080, or unix:/path of a socket",
  ],
  [
    "services: { shop: { endpoints: 3 } }",
    "test.yaml:1:21: services.shop.endpoints: must be a list or text or an object or dynamic",
  ],
  [
    "services: { shop: { endpoints: [10.0.0.1:80], protocol: htp2 } }",
    'test.yaml:1:47: services.shop.protocol: "htp2" is not one of http1, http2, http3, auto, grpc and tcp; did you mean "http2"?',
  ],
  [
    'services: { shop: { endpoints: [10.0.0.1:80], protocol: "a\\0\\nb" } }',
    'test.yaml:1:47: services.shop.protocol: "a\\u0000\\nb" is not one of http1, http2, http3, auto, grpc and tcp',
  ],
  [
    'services: { shop: { endpoints: [10.0.0.1:80], "a\\0b": 1 } }',
    'test.yaml:1:47: services.shop["a\\u0000b"]: unknown field "a\\u0000b"; there are endpoints, dns, protocol, tls, health, loadBalancing, limits, connection, failover, hostHeader',
  ],
  [
    "services: { shop: { endpoints: [shop.internal:80], health: { active: { by: fleet, tcp: true } } } }",
    'test.yaml:1:72: services.shop.health.active.by: the endpoints have names, which Envoy looks up by itself: "fleet" cannot check it; leave it to envoy',
  ],
  [
    "services: { shop: { endpoints: [10.0.0.1:80], health: { active: { http: '/a b' } } } }",
    "test.yaml:1:67: services.shop.health.active.http: must be a path such as /healthz, with %20 and the like for other signs",
  ],
  [
    "services: { shop: { endpoints: [10.0.0.1:80], health: { active: { http: /, interval: 0s } } } }",
    "test.yaml:1:76: services.shop.health.active.interval: must be from 10ms to 24h",
  ],
  [
    "services: { shop: { endpoints: [10.0.0.1:80], protocol: grpc, health: { active: { by: fleet, grpc: true } } } }",
    'test.yaml:1:83: services.shop.health.active.by: Envoys check gRPC only for themselves: "fleet" cannot check it; leave it to envoy, or to control-plane',
  ],
  [
    "routes: { shop: { parents: a/b, rules: { api: { to: [{ service: shop, weight: many }] } } } }",
    "test.yaml:1:71: routes.shop.rules.api.to[0].weight: must be a number, not text",
  ],
  [
    "routes: { shop: { parents: a/b, rules: { api: { matc: {} } } } }",
    'test.yaml:1:49: routes.shop.rules.api.matc: unknown field "matc"; did you mean "match"?',
  ],
  [
    "services: { shop: { endpoints: 10.0.0.1:80, protocol: auto } }",
    'test.yaml:1:45: services.shop.protocol: "auto" needs TLS; add tls, or say http2 for h2c',
  ],
  [
    "services: { shop: { endpoints: 10.0.0.1:80, protocol: http3, tls: { sni: a, versions: { max: '1.2' } } } }",
    "test.yaml:1:89: services.shop.tls.versions.max: HTTP/3 needs TLS 1.3",
  ],
  [
    "services: { shop: { endpoints: 10.0.0.1:80, protocol: http3, tls: { sni: a }, connection: { proxyProtocol: v1 } } }",
    "test.yaml:1:93: services.shop.connection.proxyProtocol: there is no PROXY protocol over HTTP/3",
  ],
  [
    "services: { shop: { endpoints: unix:/run/shop, protocol: http3, tls: { sni: a } } }",
    "test.yaml:1:48: services.shop.protocol: HTTP/3 is not spoken over unix sockets",
  ],
  [
    "services: { shop: { endpoints: 10.0.0.1:80, health: { active: { grpc: true } } } }",
    "test.yaml:1:65: services.shop.health.active.grpc: cannot be asked over http1; set the service's protocol to grpc",
  ],
  [
    "services: { shop: { endpoints: unix:/run/shop, health: { active: { tcp: true, port: 80 } } } }",
    "test.yaml:1:79: services.shop.health.active.port: the socket of an endpoint has no port",
  ],
  [
    "services: { shop: { endpoints: [a.internal:80, b.internal:80], dns: { mode: logical } } }",
    "test.yaml:1:71: services.shop.dns.mode: logical is for a service of one endpoint; use strict, or a service for each and failover",
  ],
  [
    "services: { shop: { health: { active: { http: /, statuses: [500-400] } } } }",
    "test.yaml:1:61: services.shop.health.active.statuses[0]: must begin with the lower status",
  ],
  [
    "services: { shop: { loadBalancing: { policy: maglev, tableSize: 100 } } }",
    "test.yaml:1:54: services.shop.loadBalancing.tableSize: must be a prime number such as 65537",
  ],
  [
    "services: { shop: { connection: { connectTimeout: 0s } } }",
    "test.yaml:1:35: services.shop.connection.connectTimeout: must be longer than 0s",
  ],
  [
    "services: { shop: { connection: { http2: { windowBytes: 100 } } } }",
    "test.yaml:1:44: services.shop.connection.http2.windowBytes: must be from 65535 bytes to 2147483647",
  ],
  [
    "services: { shop: { tls: { verify: false, versions: { min: '1.3', max: '1.2' } } } }",
    "test.yaml:1:55: services.shop.tls.versions.min: must not be above max",
  ],
  [
    "gateways: { a: { listeners: {}, http: { trustedHops: 1, trustedAddresses: 10.0.0.0/8 } } }",
    "test.yaml:1:41: gateways.a.http.trustedHops: and trustedAddresses exclude each other",
  ],
  [
    "routes: { shop: { parents: a, to: x, retry: { backOff: { base: 1s, max: 100ms } } } }",
    "test.yaml:1:68: routes.shop.retry.backOff.max: must not be below base",
  ],
  [
    `routes: { shop: { parents: a, to: [${Array(4295).fill("{ service: x, weight: 1000000 }").join()}] } }`,
    "test.yaml:1:31: routes.shop.to: has weights that are more than 4294967295 together",
  ],
  [
    "routes: { shop: { parents: a, to: x, match: { path: /a*b } } }",
    'test.yaml:1:47: routes.shop.match.path: has a * that is not its end, as in /api/*; say what is meant with { regex: "…" } or { exact: "…" }',
  ],
  [
    "routes: { shop: { parents: a, to: x, match: { path: /a?b=1 } } }",
    "test.yaml:1:47: routes.shop.match.path: is without query string and spaces; match parameters with query",
  ],
  [
    "routes: { shop: { parents: a/b, protocol: tcp, to: { service: x, headers: {} } } }",
    'test.yaml:1:66: routes.shop.to.headers: unknown field "headers"; there are service, weight, subset',
  ],
  ["routes: { shop: { parents: a/b, protocol: tcp } }", "test.yaml:1:11: routes.shop.to: is missing"],
  [
    "gateways: { public: { listeners: { http: { protocol: HTTP } } } }",
    "test.yaml:1:36: gateways.public.listeners.http.port: is missing",
  ],
  [
    "routes: { shop: { parents: a/b, timeout: 5 sec, to: x } }",
    "test.yaml:1:33: routes.shop.timeout: must be a duration such as 5s, 250ms or 1m30s",
  ],
  [
    "services: { shop: { loadBalancing: ringhash } }",
    'test.yaml:1:21: services.shop.loadBalancing: "ringhash" is not one of round-robin, least-request, random, ring-hash and maglev; did you mean "ring-hash"?',
  ],
  [
    "routes: { shop: { parents: a/b, rules: { __proto__: { to: x } } } }",
    "test.yaml:1:42: routes.shop.rules.__proto__: must be lower-case letters, digits and dashes, beginning with a letter, such as shop-v2",
  ],
  [
    "policies: { a: { targets: route/shop, rateLimit: { limits: { __proto__: { requests: 1, per: day } } } } }",
    "test.yaml:1:62: policies.a.rateLimit.limits.__proto__: must be lower-case letters, digits and dashes, beginning with a letter, such as shop-v2",
  ],
  [
    "gateways: { __proto__: { listeners: {} } }",
    'test.yaml:1:13: gateways.__proto__: the name "__proto__" must be lower-case letters, digits and dashes, beginning with a letter, such as shop-v2',
  ],
  ["services: { shop: 7 }", "test.yaml:1:13: services.shop: must be an object, not a number"],
];

for (const [yaml, problem] of mistakes) {
  test(`a mistake has its place and its mend: ${yaml}`, () => {
    assert.deepEqual(read(yaml).model.problems.map(toLine), [problem]);
  });
}

test("what stands below a key that begins with x- is for anchors", () => {
  const yaml = `
x-common: &common { protocol: http2, connection: { connectTimeout: 2s } }
services:
  a: { <<: *common, endpoints: 10.0.0.1:80 }
`;
  const { model } = read(yaml);
  assert.deepEqual(model.problems, []);
  const { protocol, connection } = model.services.get("a")?.value ?? {};
  assert.deepEqual([protocol, connection], ["http2", { connectTimeout: 2000 }]);
});

test("each mistake of a list is named where it is", () => {
  const { problems } = read("services: { shop: { endpoints: [10.0.0.1:80, 10.0.0.1, 10.0.0.2] } }\n").model;
  assert.deepEqual(
    problems.map(({ path }) => path),
    ["services.shop.endpoints[1]", "services.shop.endpoints[2]"],
  );
});

test("what did not change is the same object, wherever it stands", () => {
  const before = read("services:\n  a: { endpoints: 10.0.0.1:80 }\n  b: { endpoints: 10.0.0.2:80 }\n");
  const after = read("# moved\nservices:\n  a: { endpoints: 10.0.0.1:80 }\n  b: { endpoints: 10.0.0.3:80 }\n", before);
  assert.equal(after.model.services.get("a"), before.model.services.get("a"));
  assert.notEqual(after.model.services.get("b"), before.model.services.get("b"));
  assert.equal(after.model.routes, before.model.routes);
});

test("an object that is wrong stays as it last was right, and the others move on", () => {
  const before = read("services:\n  a: { endpoints: 10.0.0.1:80 }\n  b: { endpoints: 10.0.0.2:80 }\n");
  const after = read("services:\n  a: { endpoints: 10.0.0.300:80 }\n  b: { endpoints: 10.0.0.3:80 }\n", before);
  assert.equal(after.model.services.get("a"), before.model.services.get("a"));
  assert.match(JSON.stringify(after.model.services.get("b")?.value), /10\.0\.0\.3/);
  assert.equal(after.model.problems.length, 1);
  const mended = read("services:\n  a: { endpoints: 10.0.0.30:80 }\n", after);
  assert.deepEqual(mended.model.problems, []);
  assert.match(JSON.stringify(mended.model.services.get("a")?.value), /10\.0\.0\.30/);
});

test("a rule that is wrong stays as it last was right; one that never was answers 500 with the reason", () => {
  const good = "routes: { shop: { parents: a/b, rules: { one: { to: x }, two: { to: y } } } }";
  const bad =
    "routes: { shop: { parents: a/b, rules: { one: { to: 1 }, two: { to: z }, three: { match: { path: /c }, to: 3 } } } }";
  const after = read(bad, read(good));
  const route = after.model.routes.get("shop")?.value;
  assert(route !== undefined && "rules" in route);
  assert.deepEqual(Object.keys(route.rules), ["one", "two", "three"]);
  assert.deepEqual(route.rules.one, { to: [{ service: "x", weight: 1 }] });
  assert.deepEqual(route.rules.two, { to: [{ service: "z", weight: 1 }] });
  assert.deepEqual(route.rules.three, {
    match: [{ path: { exact: "/c" } }],
    respond: { status: 500, body: "The rule routes.shop.rules.three is not valid" },
  });
});

test("a rule that is wrong may be called as what every object inherits", () => {
  const good = "routes: { shop: { parents: a/b, rules: { one: { to: x } } } }";
  const bad = "routes: { shop: { parents: a/b, rules: { one: { to: y }, constructor: { to: 1 } } } }";
  const route = read(bad, read(good)).model.routes.get("shop")?.value;
  assert(route !== undefined && "rules" in route);
  assert.deepEqual(route.rules, {
    one: { to: [{ service: "y", weight: 1 }] },
    constructor: { respond: { status: 500, body: "The rule routes.shop.rules.constructor is not valid" } },
  });
});

test("a policy that was never right refuses all where it was to say who may ask", () => {
  const policiesOf = (yaml: string) => {
    const { model } = read(yaml);
    assert.notEqual(model.problems.length, 0);
    return [...model.policies.values()].map(({ value }) => value);
  };
  const wrong = "targets: route/shop, rateLimit: { requests: many, per: day }";
  assert.deepEqual(policiesOf(`policies: { a: { ${wrong}, authorization: users } }`), [
    { targets: ["route/shop"], authorization: { policy: "users", onFailure: "deny", timeout: 200 } },
  ]);
  assert.deepEqual(policiesOf("policies: { a: { targets: route/shop, authorization: { body: 1 } } }"), [
    { targets: ["route/shop"], authorization: { policy: "(not valid)", onFailure: "deny", timeout: 200 } },
  ]);
  assert.deepEqual(policiesOf("policies: { a: { targets: [shop, route/shop], authorization: users } }"), [
    { targets: ["route/shop"], authorization: { policy: "users", onFailure: "deny", timeout: 200 } },
  ]);
  assert.deepEqual(policiesOf(`policies: { a: { ${wrong}, ipAccess: { allow: 10.0.0.0/8 } } }`), [
    { targets: ["route/shop"], ipAccess: { allow: ["10.0.0.0/8"], dryRun: false } },
  ]);
  assert.deepEqual(policiesOf("policies: { a: { targets: route/shop, ipAccess: { allow: [] } } }"), [
    { targets: ["route/shop"], ipAccess: { deny: ["0.0.0.0/0", "::/0"], dryRun: false } },
  ]);
  const symmetric = "jwt: { issuer: a, jwks: { inline: { keys: [{ kty: oct, k: AAAA }] } } }";
  assert.deepEqual(policiesOf(`policies: { a: { targets: route/shop, ${symmetric} } }`), [
    { targets: ["route/shop"], ipAccess: { deny: ["0.0.0.0/0", "::/0"], dryRun: false } },
  ]);
  const key = `{ ${ecKey} }`;
  const tokens = `jwt: { issuer: a, jwks: { inline: { keys: [${key}] } } }`;
  assert.partialDeepStrictEqual(policiesOf(`policies: { a: { ${wrong}, ${tokens} } }`), [{ jwt: { issuer: "a" } }]);
  assert.deepEqual(policiesOf(`policies: { a: { ${wrong}, ipAccess: false } }`), []);
  assert.deepEqual(policiesOf("policies: { a: { targets: route/shop, principals: { allow: 7 } } }"), [
    { targets: ["route/shop"], principals: { allow: ["(not valid)"], dryRun: false } },
  ]);
  assert.deepEqual(policiesOf(`policies: { a: { ${wrong} } }`), []);
  assert.deepEqual(policiesOf("policies: { a: { targets: shop, authorization: users } }"), []);
});

test("keys for tokens are public ones", () => {
  const problemsOf = (key: string) => {
    const jwt = `jwt: { issuer: a, jwks: { inline: { keys: [${key}] } } }`;
    return read(`policies: { a: { targets: route/shop, ${jwt} } }`).model.problems.map(({ path, message }) => [
      path,
      message,
    ]);
  };
  const place = "policies.a.jwt.jwks.inline.keys[0]";
  assert.deepEqual(problemsOf(`{ ${ecKey} }`), []);
  assert.deepEqual(problemsOf(`{ ${ecKey}, d: AA }`), [
    [`${place}.d`, "is what makes it a private key; give the public one"],
  ]);
  assert.deepEqual(problemsOf("{ kty: oct, k: AA }"), [
    [`${place}.kty`, "must be RSA, EC or OKP: a key that is shared could sign too"],
  ]);
});

test("what stands in a key may be an object with what every object inherits", () => {
  const jwt =
    "jwt: { issuer: a, jwks: { inline: { keys: [{ kty: EC, crv: { toString: 1, valueOf: 2 }, x: a, y: b }] } } }";
  const { problems } = read(`policies: { a: { targets: route/shop, ${jwt} } }`).model;
  assert.deepEqual(
    problems.map(({ path, message }) => [path, message]),
    [["policies.a.jwt.jwks.inline.keys[0].crv", "must be P-256 or P-384 or P-521, which Envoy knows"]],
  );
});

test("keys that Envoy would refuse, with all that has them, are wrong where they stand", () => {
  const problemOf = (key: string) => {
    const jwt = `jwt: { issuer: a, jwks: { inline: { keys: [{ ${key} }] } } }`;
    const [problem, ...others] = read(`policies: { a: { targets: route/shop, ${jwt} } }`).model.problems;
    assert.equal(others.length, 0);
    return problem && `${problem.path.slice("policies.a.jwt.jwks.inline.keys[0]".length)} ${problem.message}`;
  };
  const n = `${"u".repeat(171)}c`;
  for (const good of [
    ecKey,
    `${ecKey}, alg: ES256`,
    `kty: RSA, n: ${n}, e: AQAB`,
    `kty: RSA, n: ${n}, e: AQAB, alg: PS384`,
  ]) {
    assert.equal(problemOf(good), undefined);
  }
  assert.equal(problemOf("kty: RSA, e: AQAB"), ".n is missing, which a key of kind RSA has to have");
  assert.equal(problemOf("kty: OKP, x: AA"), ".crv is missing, which a key of kind OKP has to have");
  assert.equal(problemOf("kty: OKP, crv: X25519, x: AA"), ".crv must be Ed25519, which Envoy knows");
  assert.equal(
    problemOf(ecKey.replace("P-256", "secp256k1")),
    ".crv must be P-256 or P-384 or P-521, which Envoy knows",
  );
  assert.equal(problemOf(`${ecKey}, alg: ES384`), '.alg "ES384" does not go with such a key');
  assert.equal(problemOf(`kty: RSA, n: ${n}, e: AQAB, alg: ES256`), '.alg "ES256" does not go with such a key');
  const unreadable = " is no key that can be read: a field is not what it has to be";
  assert.equal(problemOf("kty: EC, crv: P-256, x: AA, y: AA"), unreadable);
  assert.equal(problemOf(`kty: RSA, n: ${n}, e: AQ`), unreadable);
  assert.equal(problemOf('kty: RSA, n: "!!", e: AQAB'), unreadable);
});

test("numbers and times beyond what Envoy counts with are wrong where they stand, and cost nothing else", () => {
  const { problems } = read(`
    services:
      a:
        limits: { connections: 4294967296 }
        connection: { connectTimeout: 99999999h, keepalive: { idle: 10h, probes: 128 }, http2: { concurrentStreams: 2147483648 } }
        health: { active: { tcp: true, unhealthyThreshold: 9007199254740991 }, outlier: { consecutive5xx: 4294967296 } }
        tls: { alpn: "h2,http/1.1", sni: a }
    gateways:
      g: { listeners: {}, http: { serverName: "a\\nb" }, limits: { connections: 4294967296 } }
  `).model;
  assert.deepEqual(problems.map(({ path, message }) => `${path} ${message}`).sort(), [
    "gateways.g.http.serverName must not have line breaks",
    "gateways.g.limits.connections must be at most 4294967295",
    "services.a.connection.connectTimeout must be at most 876000h, which is a hundred years",
    "services.a.connection.http2.concurrentStreams must be at most 2147483647",
    "services.a.connection.keepalive.idle must be from 1ms to 32767s",
    "services.a.connection.keepalive.probes must be at most 127",
    "services.a.health.active.unhealthyThreshold must be at most 4294967295",
    "services.a.health.outlier.consecutive5xx must be at most 4294967295",
    "services.a.limits.connections must be at most 4294967295",
    "services.a.tls.alpn must be the name of a protocol such as h2 or http/1.1",
  ]);
});

test("a word that an operation of a patch may not begin with is wrong as any other word", () => {
  const problemOf = (operation: string) =>
    read(`patches: { a: { target: { type: clusters, name: b }, operations: [${operation}] } }`).model.problems.map(
      toLine,
    );
  const place = "test.yaml:1:69: patches.a.operations[0].op";
  assert.deepEqual(problemOf("{ op: ad, path: /x, value: 1 }"), [
    `${place}: "ad" is not one of add, replace, remove, test and merge; did you mean "add"?`,
  ]);
  assert.deepEqual(problemOf("{ path: /x }"), ["test.yaml:1:67: patches.a.operations[0].op: is missing"]);
});

test("a text that is no Unicode costs its object, and not what else is in the resource", () => {
  for (const text of [
    'services: { a: { hostHeader: "\\ud800" }, b: {} }',
    '{"services": {"a": {"hostHeader": "\\uDFFF"}, "b": {}}}',
  ]) {
    const { model } = read(text);
    assert.deepEqual(
      model.problems.map(({ path, message, hint }) => [path, message, hint]),
      [["services.a.hostHeader", "has half of a surrogate pair", "write the sign itself"]],
    );
    assert.deepEqual([...model.services.keys()], ["b"]);
  }
  assert.deepEqual(read('services: { a: { hostHeader: "\\ud83d\\ude00" } }').model.problems, []);
});

test("what was last good may come from an earlier process", () => {
  const lastGood = (key: string) => (key === "services/a" ? { endpoints: ["10.0.0.9:80"] } : undefined);
  const { model } = toModel(documents("services:\n  a: { endpoints: 10.0.0.300:80 }\n"), emptyModelState, { lastGood });
  assert.match(JSON.stringify(model.services.get("a")?.value), /10\.0\.0\.9/);
  assert.equal(model.problems.length, 1);
});

function read(yaml: string, last?: ModelState): ModelState {
  return toModel(documents(yaml), last);
}

function documents(yaml: string) {
  const parsed = parseDocuments(yaml, { origin: "test.yaml", format: "yaml" });
  assert(parsed.ok);
  return parsed.documents;
}

function toLine({ origin, position, ...problem }: ModelState["model"]["problems"][number]): string {
  return `${origin}:${position?.line}:${position?.column}: ${formatProblem(problem)}`;
}
