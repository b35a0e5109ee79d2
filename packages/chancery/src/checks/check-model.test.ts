import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "@chancery/xds";
import { parseDocuments } from "../documents/parse.ts";
import { locateItems } from "../model/locate.ts";
import { emptyModelState, toModel } from "../model/parse.ts";
import { checkModel } from "./check-model.ts";

const base = `
fleets: { edge: { match: "*" } }
gateways: { public: { listeners: { http: { protocol: HTTP, port: 80 } } } }
services: { shop: { endpoints: 10.0.0.1:80 }, store: { endpoints: 10.0.0.2:80 } }
`;

/** What is added to the base, and what is said against it. */
const mistakes: readonly (readonly [yaml: string, ...problems: string[]])[] = [
  ["routes: { a: { parents: public/http, to: shop } }"],
  [
    "routes: { a: { parents: public/http, rules: { api: { to: [{ service: shopp }] } } } }",
    '2:61: error routes.a.rules.api.to[0].service: no service named "shopp"; did you mean "shop"?',
  ],
  [
    "routes: { a: { parents: publik/http, to: shop } }",
    '2:16: error routes.a.parents[0]: no gateway named "publik"; did you mean "public"?',
  ],
  [
    "routes: { a: { parents: public/htp, to: shop } }",
    '2:16: error routes.a.parents[0]: gateway "public" has no listener "htp"; did you mean "http"?',
  ],
  [
    "routes: { a: { parents: public/constructor, to: shop } }",
    '2:16: error routes.a.parents[0]: gateway "public" has no listener "constructor"',
  ],
  [
    "routes: { a: { parents: public/http, protocol: tcp, to: shop } }",
    '2:16: error routes.a.parents[0]: "public/http" is of protocol HTTP, which is no listener for routes of protocol tcp; set the route\'s protocol to http or grpc',
  ],
  [
    "gateways: { g: { listeners: { a: { protocol: HTTP, port: 81, hostnames: a.example.com } } } }\nroutes: { r: { parents: g/a, hosts: b.example.com, to: shop } }",
    '3:16: error routes.r.parents[0]: none of the route\'s hosts is one that "g/a" is for; it is for a.example.com',
  ],
  [
    "services: { far: { endpoints: 10.0.0.3:80, health: { active: { by: fleet, tcp: true } } } }",
    "2:64: warning services.far.health.active.by: nobody checks it: there is no fleet with healthChecks: true; give it to a fleet whose bootstrap has --health-checks",
  ],
  [
    "gateways: { g: { listeners: { a: { protocol: HTTP, port: 81 }, b: { protocol: TCP, port: 81 } } } }",
    "2:84: error gateways.g.listeners.b.port: TCP port 81 is taken by g/a; take another port",
  ],
  [
    "gateways: { g: { listeners: { a: { protocol: HTTP, port: 81 }, b: { protocol: TLS, port: 81, tls: { mode: passthrough } } } } }",
  ],
  ['gateways: { g: { address: "::1", listeners: { a: { protocol: HTTP, port: 80 } } } }'],
  [
    'gateways: { g: { address: "::", listeners: { a: { protocol: HTTP, port: 80 } } } }',
    "2:67: error gateways.g.listeners.a.port: TCP port 80 is taken by public/http; take another port, or give the gateways to different fleets",
  ],
  [
    "gateways: { g: { listeners: { a: { protocol: HTTP, port: 80 } } } }",
    "2:52: error gateways.g.listeners.a.port: TCP port 80 is taken by public/http; take another port, or give the gateways to different fleets",
  ],
  [
    "gateways: { g: { listeners: { a: { protocol: HTTP, port: 81, hostnames: a.com }, b: { protocol: HTTP, port: 81, hostnames: b.com } } } }",
  ],
  [
    "gateways: { g: { listeners: { a: { protocol: HTTPS, port: 81 } } } }",
    "2:31: error gateways.g.listeners.a: needs tls.certificates; name some",
  ],
  [
    "gateways: { g: { listeners: { a: { protocol: HTTP, port: 81, tls: { certificates: c } } } } }\ncertificates: { c: { kind: secret, inline: { secret: x } } }",
    '2:69: error gateways.g.listeners.a.tls.certificates[0]: "c" is of kind secret; here one of kind certificate is needed',
    "2:62: error gateways.g.listeners.a.tls: a listener of protocol HTTP has no TLS; use protocol HTTPS",
  ],
  [
    "routes: { a: { parents: public/http, to: shop }, b: { parents: public/http, to: store } }",
    '2:50: error routes.b: "public/http/*" is taken by test.yaml:2:11 (routes.a), which keeps it; put the rules into one route, or give both order: precedence, so that the most specific rule wins',
  ],
  [
    "routes: { a: { parents: public/http, order: precedence, to: shop }, b: { parents: public/http, order: precedence, match: { path: /b }, to: store } }",
  ],
  [
    "routes: { a: { parents: public/http, rules: { one: {} } } }",
    "2:47: error routes.a.rules.one: does nothing; give it one of to, redirect and respond",
  ],
  [
    "routes: { a: { parents: public/http, rules: { one: { to: shop, respond: 200 } } } }",
    "2:64: error routes.a.rules.one.respond: to and respond exclude each other; keep one of them",
  ],
  [
    "routes: { a: { parents: public/http, rules: { one: { match: { path: { regex: /a.* } }, to: shop, rewrite: { prefix: / } } } } }",
    "2:109: error routes.a.rules.one.rewrite.prefix: there is no prefix to replace where the path is matched by an expression; use rewrite.regex",
  ],
  [
    "routes: { a: { parents: public/http, rules: { all: { to: shop }, api: { match: { path: /api }, to: store } } } }",
    '2:66: warning routes.a.rules.api: is never reached: rule "all" before it takes all that it matches; move it up, or make the other one narrower',
  ],
  [
    "routes: { a: { parents: public/http, rules: { one: { match: { path: /a/*, methods: GET }, to: shop }, two: { match: { path: /a/b }, to: store } } } }",
  ],
  [
    "routes: { a: { parents: public/http, rules: { one: { match: { path: /a/*, methods: [GET, POST] }, to: shop }, two: { match: { path: /a/b, methods: GET }, to: store } } } }",
    '2:111: warning routes.a.rules.two: is never reached: rule "one" before it takes all that it matches; move it up, or make the other one narrower',
  ],
  [
    "routes: { a: { parents: public/http, to: { service: shop, subset: { version: v1 } } } }",
    '2:59: error routes.a.to[0].subset: service "shop" has no subsets by version; add [version] to its loadBalancing.subsets',
  ],
  [
    "services: { a: { endpoints: 10.0.0.3:80, failover: b }, b: { endpoints: 10.0.0.4:80, failover: a } }",
    "2:42: error services.a.failover: leads back to itself: a → b → a",
    "2:86: error services.b.failover: leads back to itself: b → a → b",
  ],
  [
    "gateways: { g: { listeners: { u: { protocol: UDP, port: 53 } } } }\nroutes: { dns: { parents: g/u, protocol: udp, to: [shop, store] } }",
    '3:58: warning routes.dns.to[1]: service "store" gets nothing: all datagrams go to the first one',
  ],
  [
    "gateways: { g: { listeners: { t: { protocol: TCP, port: 81 }, u: { protocol: UDP, port: 81 } } } }\nroutes: { a: { parents: g/t, protocol: tcp, to: shop }, b: { parents: g, hosts: b.example.com, protocol: tcp, to: shop }, c: { parents: g/u, protocol: udp, to: shop }, d: { parents: g/u, protocol: udp, to: shop } }",
    '3:74: error routes.b.hosts: "g/t" is taken by test.yaml:3:11 (routes.a), which keeps it; give one of them another listener or other hosts, or name all services in one route',
    '3:169: error routes.d: "g/u" is taken by test.yaml:3:123 (routes.c), which keeps it; give one of them another listener or other hosts, or name all services in one route',
  ],
  [
    "gateways: { g: { listeners: { l: { protocol: TLS, port: 81, tls: { mode: passthrough } } } } }\nroutes: { a: { parents: g, protocol: tls, hosts: [a.com, b.com], to: shop }, b: { parents: g, protocol: tls, hosts: [b.com, c.com], to: shop } }",
    '3:110: error routes.b.hosts: "g/l/b.com" is taken by test.yaml:3:11 (routes.a), which keeps it; give one of them another listener or other hosts, or name all services in one route',
  ],
  [
    "gateways: { g: { listeners: { u: { protocol: UDP, port: 81 }, h: { protocol: HTTPS, port: 81, http3: true, tls: { certificates: w } } } } }\ncertificates: { w: { files: { cert: a, key: b } } }",
    "2:85: error gateways.g.listeners.h.port: UDP port 81 is taken by g/u; take another port",
  ],
  [
    "gateways: { g: { listeners: { u: { protocol: UDP, port: 53 }, t: { protocol: TCP, port: 53 } } } }\nservices: { v: { endpoints: 10.0.0.1:53, loadBalancing: { subsets: x } } }\nroutes: { d: { parents: g, protocol: udp, to: [{ service: shop, weight: 0 }, { service: v, subset: { x: y } }] }, e: { parents: g, protocol: tcp, to: { service: shop, weight: 0 } } }",
    '4:48: warning routes.d.to[0]: service "shop" gets nothing: all datagrams go to the first one',
    "4:92: warning routes.d.to[1].subset: has no effect: datagrams go to all endpoints",
    "4:147: error routes.e.to: sends nothing to anybody: all weights are 0; give one of them a weight",
  ],
  [
    "gateways: { g: { listeners: { t: { protocol: TCP, port: 53 } } } }\nroutes: { e: { parents: g, protocol: tcp, to: { service: shop, subset: { version: v1 } } } }",
    '3:64: error routes.e.to[0].subset: service "shop" has no subsets by version; add [version] to its loadBalancing.subsets',
  ],
  [
    "routes: { a: { parents: public, to: [{ service: shop, weight: 0 }] } }",
    "2:33: error routes.a.to: sends nothing to anybody: all weights are 0; give one of them a weight",
  ],
  [
    "routes: { a: { parents: public, redirect: { status: 301 } } }",
    "2:33: error routes.a.redirect: sends clients to where they are, in a circle; say one of scheme, host, port, path, prefix, regex",
  ],
  [
    "services: { a: { endpoints: 10.0.0.3:80, dns: { family: v4 }, connection: { http2: { concurrentStreams: 9 } }, loadBalancing: { policy: random, choices: 3, slowStart: { window: 1s } } }, b: { endpoints: dynamic, loadBalancing: maglev } }",
    "2:145: warning services.a.loadBalancing.choices: has no effect: the policy is random; it is for least-request",
    "2:157: warning services.a.loadBalancing.slowStart: has no effect: the policy is random; it is for round-robin and least-request",
    "2:42: warning services.a.dns: has no effect: no endpoint has a name",
    "2:77: warning services.a.connection.http2: has no effect: the protocol is http1",
    "2:213: warning services.b.loadBalancing: has no effect: the request's host says where it goes",
  ],
  [
    "gateways: { g: { listeners: { l: { protocol: HTTPS, port: 81, http3: true, tls: { certificates: w, versions: { max: '1.2' } } } } } }\ncertificates: { w: { files: { cert: a, key: b } } }",
    "2:63: error gateways.g.listeners.l.http3: HTTP/3 needs TLS 1.3; leave versions.max out, or set http3: false",
  ],
  [
    "policies: { a: { targets: [gateway/publik, listener/public/htp, route/nothing, rule/r#al, rule/r#constructor], authorization: x } }\nroutes: { r: { parents: public, to: shop } }",
    '2:28: error policies.a.targets[0]: no gateway named "publik"; did you mean "public"?',
    '2:44: error policies.a.targets[1]: gateway "public" has no listener "htp"; did you mean "http"?',
    '2:65: error policies.a.targets[2]: no route named "nothing"',
    '2:80: error policies.a.targets[3]: route "r" has no rule "al"; did you mean "all"?',
    '2:91: error policies.a.targets[4]: route "r" has no rule "constructor"',
  ],
  [
    "gateways: { g: { listeners: { t: { protocol: TCP, port: 81 } } } }\npolicies: { a: { targets: listener/g/t, authorization: x } }",
    '3:18: error policies.a.targets[0]: listener "g/t" is of protocol TCP; policies are for HTTP',
  ],
  [
    "routes: { r: { parents: public, respond: 200 } }\npolicies: { a: { targets: route/r, rateLimit: { requests: 1, per: day } }, b: { targets: route/r, authorization: x } }",
    "3:18: warning policies.a.targets[0]: the limit has no effect: nothing is sent to a service there, and Envoy counts no other requests",
  ],
  [
    "policies: { a: { targets: gateway/public, authorization: x }, b: { targets: gateway/public, authorization: false } }",
    '2:68: error policies.b.targets[0]: policy "a" has authorization for gateway/public too; this one decides; remove one of them',
  ],
  [
    "routes: { r: { parents: public, to: shop } }\npolicies: { a: { targets: [gateway/public, rule/r#all], principals: x }, b: { targets: rule/r#all, principals: false } }",
    "3:28: warning policies.a.targets[0]: all is refused there: no listener of it asks for certificates of clients; give one tls.clientCertificates",
    "3:44: warning policies.a.targets[1]: all is refused there: no listener of it asks for certificates of clients; give one tls.clientCertificates",
    '3:79: error policies.b.targets[0]: policy "a" has principals for rule/r#all too; this one decides; remove one of them',
  ],
  [
    "routes: { r: { parents: public, to: shop } }\npolicies: { a: { targets: [listener/public/http, rule/r#all], rateLimit: { requests: 1, per: day } } }",
    '3:50: warning policies.a.targets[1]: requests that come by gateway "public" are counted twice: it is a target of the policy too; keep one of the targets',
  ],
  [
    "fleets: { core: { match: core, gateways: nothing } }",
    '2:32: error fleets.core.gateways[0]: no gateway named "nothing"',
  ],
];

for (const [yaml, ...problems] of mistakes) {
  test(`${problems.length === 0 ? "nothing is said against" : "a mistake is found in"} ${yaml.replaceAll("\n", " ")}`, () => {
    assert.deepEqual(problemsOf(`${base}---\n${yaml}`), problems);
  });
}

test("what refers to an object with a mistake in it says so", () => {
  const text = `${base}---\nservices: { broken: { endpoints: 1 } }\nroutes: { a: { parents: public/http, to: broken } }`;
  const parsed = parseDocuments(text, { origin: "test.yaml", format: "yaml" });
  assert(parsed.ok);
  const { model } = toModel(parsed.documents, emptyModelState);
  const messages = checkModel(model).map(({ problem }) => problem.message);
  assert.deepEqual(messages, ['service "broken" has a mistake in it and never was right']);
});

test("a rule whose matches are all taken by rules before it is never reached, however many there are", () => {
  const rules = Array.from({ length: 5000 }, (_, i) => `r${i}: { match: { path: /r${i}/* }, to: shop }`);
  const last =
    "last: { match: [{ path: /r17/x }, { path: /r4000 }], to: shop }, free: { match: { path: /free }, to: shop }";
  const text = `${base}---\nroutes: { a: { parents: public/http, rules: { ${rules.join(", ")}, ${last} } } }`;
  assert.deepEqual(
    problemsOf(text).map((line) => line.replace(/^\S+ /, "")),
    [
      'warning routes.a.rules.last: is never reached: rule "r17" before it takes all that it matches; move it up, or make the other one narrower',
    ],
  );
});

test("gateways that no fleet has are warned of", () => {
  const text = "gateways: { g: { listeners: { a: { protocol: HTTP, port: 81 } } } }";
  assert.deepEqual(problemsOf(text), [
    '1:13: warning gateways.g: no Envoy gets it: there is no fleet; add one, such as fleets: { all: { match: "*" } }',
  ]);
});

/** Lines count from the beginning of what was added to the base. */
function problemsOf(text: string): string[] {
  const parsed = parseDocuments(text, { origin: "test.yaml", format: "yaml" });
  assert(parsed.ok);
  const { model } = toModel(parsed.documents, emptyModelState);
  assert.deepEqual(model.problems, []);
  const offset = text.startsWith(base) ? base.split("\n").length - 1 : 0;
  return locateItems(model, checkModel(model)).map(({ position, severity, ...problem }) =>
    `${(position?.line ?? 0) - offset}:${position?.column}: ${severity} ${formatProblem({ severity, ...problem })}`.replace(
      /test\.yaml:(\d+)/,
      (_, line) => `test.yaml:${Number(line) - offset}`,
    ),
  );
}
