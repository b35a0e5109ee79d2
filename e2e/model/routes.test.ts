import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { freePort } from "../harness/free-port.ts";
import { startHttp } from "../harness/http-upstream.ts";
import { startModel } from "../harness/model.ts";
import { type Answer, type AskOptions, send } from "../harness/request.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

test("what rules match, where they send requests, and what they make of them", async (t) => {
  const { port, proxiedPort, shadowed } = await start(t);
  const ask = (path: string, options?: AskOptions) => send(port, path, options);
  const by = async (path: string, options?: AskOptions) => (await ask(path, options)).by;

  await t.test("paths: exact, whole segments of a prefix, regular expression, in any case if wanted", async () => {
    assert.equal(await by("/exact"), "blue");
    assert.equal(await by("/exact?with=query"), "blue");
    assert.equal(await by("/exact/more"), "404");
    assert.equal(await by("/prefix"), "blue");
    assert.equal(await by("/prefix/a/b"), "blue");
    assert.equal(await by("/prefixes"), "404");
    assert.equal(await by("/items/12"), "blue");
    assert.equal(await by("/items/x"), "404");
    assert.equal(await by("/ANY/Case"), "blue");
  });

  await t.test("hosts: exact before wildcard, ports left out, and 404 for a host that nobody serves", async () => {
    assert.equal(await by("/", { host: "hosts.example.com" }), "blue");
    assert.equal(await by("/", { host: `hosts.example.com:${port}` }), "blue");
    assert.equal(await by("/", { host: "a.b.wild.example.com" }), "green");
    assert.equal(await by("/", { host: "wild.example.com" }), "404");
  });

  await t.test("headers, in all forms", async () => {
    const headers = { "x-exact": "blue", "x-present": "", "x-regex": "AB12", "x-other": "red" };
    const asked = (changes: Readonly<Record<string, string>>) =>
      by("/headers", { headers: { ...headers, ...changes } });
    assert.equal(await asked({}), "blue");
    assert.equal(await asked({ "x-exact": "Blue" }), "404");
    assert.equal(await asked({ "x-absent": "here" }), "404");
    assert.equal(await asked({ "x-regex": "AB12C" }), "404");
    assert.equal(await asked({ "x-other": "green" }), "404");
    const { "x-present": _, ...withoutPresent } = headers;
    assert.equal(await by("/headers", { headers: withoutPresent }), "404");
    const { "x-other": __, ...withoutOther } = headers;
    assert.equal(await by("/headers", { headers: withoutOther }), "blue");
  });

  await t.test("methods", async () => {
    assert.equal(await by("/methods", { method: "PUT" }), "blue");
    assert.equal(await by("/methods", { method: "DELETE" }), "blue");
    assert.equal(await by("/methods"), "404");
  });

  await t.test("query parameters, and conditions turned round", async () => {
    assert.equal(await by("/query?v=2&debug"), "blue");
    assert.equal(await by("/query?v=2&debug=1&old=1"), "404");
    assert.equal(await by("/query?v=3&debug"), "404");
    assert.equal(await by("/not-query"), "blue");
    assert.equal(await by("/not-query?v=ab"), "blue");
    assert.equal(await by("/not-query?x=1&v=a%20b&y=2"), "404");
    assert.equal(await by("/not-query?v=a+b"), "404");
  });

  await t.test("cookies", async () => {
    const cookies = (cookie: string) => by("/cookies", { headers: { cookie } });
    assert.equal(await cookies("a=1; session=xyz"), "blue");
    assert.equal(await cookies("session="), "blue");
    assert.equal(await cookies("session=xyz; old=1"), "404");
    assert.equal(await cookies("session=xyz; kind=bot"), "404");
    assert.equal(await cookies("other=1"), "404");
  });

  await t.test("the client's address, and the one that a trusted proxy names", async () => {
    const forwarded = { headers: { "x-forwarded-for": "192.0.2.9" } };
    assert.equal(await by("/source"), "blue");
    assert.equal(await by("/source", forwarded), "blue");
    assert.equal((await send(proxiedPort, "/source", forwarded)).by, "green");
    assert.equal((await send(proxiedPort, "/source", { headers: { "x-forwarded-for": "198.51.100.1" } })).by, "404");
  });

  await t.test("a part of the requests, by chance", async () => {
    const answers = await many(200, () => by("/fraction"));
    assert(share(answers, "green") > 0.2 && share(answers, "green") < 0.8, `${share(answers, "green")}`);
    assert.equal(share(answers, "green") + share(answers, "blue"), 1);
  });

  await t.test("weights, and header changes for one of the destinations", async () => {
    const answers = await many(200, () => ask("/weights"));
    const names = answers.map(({ by }) => by);
    assert(share(names, "green") > 0 && share(names, "green") < 0.3, `${share(names, "green")}`);
    for (const answer of answers) {
      assert.equal(answer.got("x-canary"), answer.by === "green" ? "yes" : undefined);
      assert.equal(answer.headers["x-served-by"], answer.by === "green" ? "canary" : undefined);
    }
  });

  await t.test("subsets by labels", async () => {
    assert.deepEqual(new Set(await many(10, () => by("/subset"))), new Set(["green"]));
  });

  await t.test("mirrors get a copy for the same host", async () => {
    assert.equal(await by("/mirror?copy"), "blue");
    await until("the mirror has its copy", () => shadowed.some((asked) => asked === "shop.example.com/mirror?copy"));
  });

  await t.test("redirects", async () => {
    const to = async (path: string) => {
      const { status, headers } = await ask(path);
      return `${status} ${headers.location}`;
    };
    assert.equal(await to("/old?x=1"), "301 http://shop.example.com/new?from=old");
    assert.equal(await to("/moved/a?x=1"), "307 http://shop.example.com/there/a?x=1");
    assert.equal(await to("/to-root/a"), "302 http://shop.example.com/a");
    assert.equal(await to("/to-root"), "302 http://shop.example.com/");
    assert.equal(await to("/users/7"), "302 http://shop.example.com/people/7");
    assert.equal(await to("/elsewhere/a?x=1"), "308 https://www.example.com:8443/elsewhere/a");
  });

  await t.test("rewrites of the path and the host", async () => {
    const asked = async (path: string, headers = {}) => {
      const answer = await ask(path, { headers });
      return `${answer.got("host")} ${answer.asked}`;
    };
    assert.equal(await asked("/whole/a?x=1"), "shop.example.com GET /other?x=1 HTTP/1.1");
    assert.equal(await asked("/strip/a?x=1"), "shop.example.com GET /a?x=1 HTTP/1.1");
    assert.equal(await asked("/strip"), "shop.example.com GET / HTTP/1.1");
    assert.equal(await asked("/from/a"), "shop.example.com GET /to/a HTTP/1.1");
    assert.equal(await asked("/from"), "shop.example.com GET /to HTTP/1.1");
    assert.equal(await asked("/regex/a/b"), "shop.example.com GET /b/a HTTP/1.1");
    assert.equal(await asked("/host-literal"), "internal.example.com GET /host-literal HTTP/1.1");
    assert.equal(
      await asked("/host-header", { "x-target": "t.example.com" }),
      "t.example.com GET /host-header HTTP/1.1",
    );
    assert.equal(await asked("/host-of-service"), "green.internal GET /host-of-service HTTP/1.1");
    const rooted = await ask("/a", { host: "rooted.example.com" });
    assert.equal(rooted.asked, "GET /v2/a HTTP/1.1");
  });

  await t.test("direct responses, with their content type", async () => {
    const json = await ask("/respond/json");
    assert.deepEqual([json.status, json.headers["content-type"], json.body], [503, "application/json", "{}"]);
    const plain = await ask("/respond/text");
    assert.deepEqual([plain.status, plain.headers["content-type"], plain.body], [200, "text/plain", "hello"]);
    assert.equal((await ask("/respond/status")).status, 410);
  });

  await t.test("header changes", async () => {
    const headers = { "x-secret": "s", "x-set": "old", "x-add": "first" };
    const answer = await ask("/header-changes", { headers });
    assert.deepEqual(
      ["x-secret", "x-set", "x-add", "x-client", "x-empty"].map((name) => answer.got(name)),
      [undefined, "new", "first, second", "127.0.0.1", ""],
    );
    assert.deepEqual([answer.headers["x-answer"], answer.headers["content-type"]], ["yes", undefined]);
  });

  await t.test("timeouts of requests and attempts", async () => {
    assert.equal(await by("/timeout/request"), "504");
    assert.equal(await by("/timeout/attempt"), "504");
    assert.equal(await by("/timeout/idle"), "504");
  });

  await t.test("retries go to another endpoint", async () => {
    // One after the other: no more than three requests are retried at a time.
    const inTurn = async (path: string) => {
      const names = new Set<string>();
      for (let count = 0; count < 6; count++) names.add(await by(path));
      return names;
    };
    assert.deepEqual(await inTurn("/retry"), new Set(["blue"]));
    assert.deepEqual(await inTurn("/retry-status"), new Set(["blue"]));
    assert.deepEqual(await inTurn("/no-retry"), new Set(["blue", "503"]));
  });

  await t.test("affinity by a cookie that Envoy sets, and by a header", async () => {
    const first = await ask("/sticky");
    const [cookie = ""] = first.headers["set-cookie"]?.[0]?.split(";") ?? [];
    assert.match(cookie, /^user=/);
    assert.deepEqual(new Set(await many(10, () => by("/sticky", { headers: { cookie } }))), new Set([first.by]));
    const users = Array.from({ length: 20 }, (_, index) => ({ headers: { "x-user": `${index}` } }));
    const once = await Promise.all(users.map((user) => by("/sticky-header", user)));
    assert.deepEqual(await Promise.all(users.map((user) => by("/sticky-header", user))), once);
    assert.equal(new Set(once).size, 2);
  });

  await t.test("a rule that names a service that is not there says so, for its share only", async () => {
    const gone = await ask("/gone");
    assert.deepEqual([gone.status, gone.body], [500, 'route shop#gone: no service named "nowhere"\n']);
    const answers = await many(40, () => by("/half-gone"));
    assert.deepEqual(new Set(answers), new Set(["blue", "500"]));
    assert.equal(await by("/mirror-gone"), "blue");
    assert.equal((await ask("/empty")).status, 500);
  });

  await t.test("rules are tried in the order written, or by precedence", async () => {
    assert.equal(await by("/api/v2", { host: "written.example.com" }), "blue");
    assert.equal(await by("/api/v2", { host: "ranked.example.com" }), "green");
  });
});

async function start(t: TestContext) {
  const [blue, green] = await Promise.all([startUpstream(t, "blue"), startUpstream(t, "green")]);
  const shadowed: string[] = [];
  const shadow = await startHttp(t, (request, response) => {
    shadowed.push(`${request.headers.host}${request.url}`);
    response.end();
  });
  const silent = await startHttp(t, () => {});
  const failing = await startHttp(t, (_, response) => response.writeHead(503).end());
  const [port, proxiedPort] = [await freePort(), await freePort()];
  const address = (upstream: { readonly port: number }) => `127.0.0.1:${upstream.port}`;
  await startModel(t, {
    gateways: {
      public: { address: "127.0.0.1", listeners: { http: { protocol: "HTTP", port } } },
      proxied: {
        address: "127.0.0.1",
        listeners: { http: { protocol: "HTTP", port: proxiedPort } },
        http: { trustedHops: 1 },
      },
    },
    services: {
      blue: { endpoints: address(blue) },
      green: { endpoints: address(green), hostHeader: "green.internal" },
      both: { endpoints: [address(blue), address(green)], loadBalancing: "maglev" },
      labelled: {
        endpoints: [
          { address: address(blue), labels: { color: "blue" } },
          { address: address(green), labels: { color: "green" } },
        ],
        loadBalancing: { subsets: "color" },
      },
      shadow: { endpoints: address(shadow) },
      silent: { endpoints: address(silent) },
      flaky: { endpoints: [address(failing), address(blue)] },
    },
    routes: {
      shop: {
        parents: ["public", "proxied"],
        hosts: "shop.example.com",
        rules: {
          exact: { match: { path: "/exact" }, to: "blue" },
          prefix: { match: { path: "/prefix/*" }, to: "blue" },
          regex: { match: { path: { regex: "/items/[0-9]+" } }, to: "blue" },
          caseless: { match: { path: { exact: "/any/case", ignoreCase: true } }, to: "blue" },
          headers: {
            match: {
              path: "/headers",
              headers: {
                "X-Exact": "blue",
                "x-present": true,
                "x-absent": false,
                "x-regex": { regex: "[a-z]+[0-9]+", ignoreCase: true },
                "x-other": { exact: "green", not: true },
              },
            },
            to: "blue",
          },
          methods: { match: { path: "/methods", methods: ["PUT", "DELETE"] }, to: "blue" },
          query: { match: { path: "/query", query: { v: "2", debug: true, old: false } }, to: "blue" },
          "not-query": { match: { path: "/not-query", query: { v: { exact: "a b", not: true } } }, to: "blue" },
          cookies: {
            match: { path: "/cookies", cookies: { session: true, old: false, kind: { exact: "bot", not: true } } },
            to: "blue",
          },
          "source-here": { match: { path: "/source", sourceIp: "127.0.0.0/8" }, to: "blue" },
          "source-there": { match: { path: "/source", sourceIp: ["192.0.2.0/24", "2001:db8::/32"] }, to: "green" },
          "fraction-half": { match: { path: "/fraction", fraction: "50%" }, to: "green" },
          "fraction-rest": { match: { path: "/fraction" }, to: "blue" },
          weights: {
            match: { path: "/weights" },
            to: [
              { service: "blue", weight: 90 },
              {
                service: "green",
                weight: 10,
                headers: { request: { set: { "x-canary": "yes" } }, response: { set: { "x-served-by": "canary" } } },
              },
            ],
          },
          subset: { match: { path: "/subset" }, to: { service: "labelled", subset: { color: "green" } } },
          mirror: { match: { path: "/mirror" }, to: "blue", mirror: "shadow" },
          "redirect-path": { match: { path: "/old" }, redirect: { path: "/new?from=old", status: 301 } },
          "redirect-prefix": { match: { path: "/moved/*" }, redirect: { prefix: "/there", status: 307 } },
          "redirect-root": { match: { path: "/to-root/*" }, redirect: { prefix: "/" } },
          "redirect-regex": {
            match: { path: "/users/*" },
            redirect: { regex: { pattern: "^/users/", substitution: "/people/" } },
          },
          "redirect-all": {
            match: { path: "/elsewhere/*" },
            redirect: { scheme: "https", host: "www.example.com", port: 8443, status: 308, stripQuery: true },
          },
          "rewrite-whole": { match: { path: "/whole/*" }, to: "blue", rewrite: { path: "/other" } },
          "rewrite-strip": { match: { path: "/strip/*" }, to: "blue", rewrite: { prefix: "/" } },
          "rewrite-prefix": { match: { path: "/from/*" }, to: "blue", rewrite: { prefix: "/to/" } },
          "rewrite-regex": {
            match: { path: "/regex/*" },
            to: "blue",
            rewrite: { regex: { pattern: "^/regex/([^/]+)/([^/]+)", substitution: "/\\2/\\1" } },
          },
          "host-literal": {
            match: { path: "/host-literal" },
            to: "green",
            rewrite: { host: "internal.example.com" },
          },
          "host-header": { match: { path: "/host-header" }, to: "blue", rewrite: { host: { header: "x-target" } } },
          "host-of-service": { match: { path: "/host-of-service" }, to: "green" },
          "respond-json": {
            match: { path: "/respond/json" },
            respond: { status: 503, body: "{}", contentType: "application/json" },
          },
          "respond-text": { match: { path: "/respond/text" }, respond: { status: 200, body: "hello" } },
          "respond-status": { match: { path: "/respond/status" }, respond: 410 },
          "header-changes": {
            match: { path: "/header-changes" },
            to: "blue",
            headers: {
              request: {
                set: { "x-set": "new", "x-client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "x-empty": "" },
                add: { "x-add": "second" },
                remove: "x-secret",
              },
              response: { set: { "x-answer": "yes" }, remove: "content-type" },
            },
          },
          "timeout-request": { match: { path: "/timeout/request" }, to: "silent", timeout: "50ms" },
          "timeout-attempt": {
            match: { path: "/timeout/attempt" },
            to: "silent",
            timeout: { request: "off", perTry: "50ms" },
          },
          "timeout-idle": { match: { path: "/timeout/idle" }, to: "silent", timeout: { request: "off", idle: "50ms" } },
          retry: { match: { path: "/retry" }, to: "flaky", retry: { on: "5xx", backOff: { base: "1ms" } } },
          "retry-status": {
            match: { path: "/retry-status" },
            to: "flaky",
            retry: { statuses: 503, attempts: 3, backOff: { base: "1ms", max: "2ms" } },
          },
          "no-retry": { match: { path: "/no-retry" }, to: "flaky" },
          sticky: { match: { path: "/sticky" }, to: "both", affinity: { cookie: { name: "user", ttl: "1h" } } },
          "sticky-header": { match: { path: "/sticky-header" }, to: ["blue", "green"], affinity: { header: "x-user" } },
          gone: { match: { path: "/gone" }, to: "nowhere" },
          "half-gone": { match: { path: "/half-gone" }, to: ["blue", "nowhere"] },
          "mirror-gone": { match: { path: "/mirror-gone" }, to: "blue", mirror: "nowhere" },
          empty: { match: { path: "/empty" } },
        },
      },
      exact: { parents: "public", hosts: "hosts.example.com", to: "blue" },
      wild: { parents: "public", hosts: "*.wild.example.com", to: "green" },
      rooted: { parents: "public", hosts: "rooted.example.com", to: "blue", rewrite: { prefix: "/v2" } },
      ...Object.fromEntries(
        (["written", "precedence"] as const).map((order) => [
          order,
          {
            parents: "public",
            hosts: order === "written" ? "written.example.com" : "ranked.example.com",
            order,
            rules: {
              wide: { match: { path: "/api/*" }, to: "blue" },
              narrow: { match: { path: "/api/v2/*" }, to: "green" },
            },
          },
        ]),
      ),
    },
  });
  return { port, proxiedPort, shadowed };
}

function many<T extends string | Answer>(count: number, ask: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, ask));
}

function share(answers: readonly string[], name: string): number {
  return answers.filter((answer) => answer === name).length / answers.length;
}
