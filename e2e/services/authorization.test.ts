import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ConnectionOptions } from "node:tls";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { z } from "zod";
import { hashApiKey } from "../../packages/chancery/src/services/authorization/api-keys.ts";
import { decisionMessage } from "../../packages/chancery/src/services/authorization/message.ts";
import { makeAuthority, selfSigned } from "../harness/certificate.ts";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { runProgram } from "../harness/program.ts";
import { askRaw, connectTo, type RawRequest } from "../harness/raw-http.ts";
import { type AskOptions, send } from "../harness/request.ts";
import { type Certificate, staticCluster, typed } from "../harness/resources.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

test("requests are allowed and denied, with the status, body and headers that the rule says", async (t) => {
  const { ask, decisions, envoy } = await start(t);
  assert.equal((await ask("/public")).status, 200);
  const gone = await ask("/gone");
  assert.deepEqual([gone.status, gone.body, gone.headers["x-why"]], [410, "no more", "moved"]);
  const none = await ask("/nothing");
  assert.deepEqual([none.status, none.body], [403, ""]);
  const found = await decisions("decision=deny");
  assert.deepEqual(
    found.map(({ rule, reason, request }) => [rule, reason, request.path]),
    [
      ["gone", "the rule denies it", "/gone"],
      [undefined, "no rule allows it", "/nothing"],
    ],
  );
  assert.match(found[0]?.request.source ?? "", /^127\.0\.0\.1:\d+$/);
  assert.notEqual(found[0]?.request.id, "");
  assert.equal(await envoy.stat("http.http.ext_authz.error"), "0");
});

test("an API key is asked for, its owner told to the upstream, and the key kept from it", async (t) => {
  const { ask } = await start(t);
  assert.equal((await ask("/api")).status, 401);
  assert.equal((await ask("/api", { headers: { "x-api-key": "other" } })).status, 401);
  const good = await ask("/api", { headers: { "x-api-key": "key", "x-client": "evil", x_client: "evil" } });
  assert.equal(good.status, 200);
  assert.deepEqual([good.got("x-client"), good.got("x-api-key"), good.got("x_client")], ["acme", undefined, undefined]);
  const byQuery = await ask("/by-query?a=1&key=key&b=2");
  assert.deepEqual([byQuery.status, byQuery.asked], [200, "GET /by-query?a=1&b=2 HTTP/1.1"]);
});

test("headers that only a rule may set never come from clients, however often they send them", async (t) => {
  const { raw } = await start(t);
  const evil = [
    ["x-user", "evil"],
    ["X-User", "root"],
    ["x-client", "evil"],
    ["x-client", "root"],
  ] as const;
  const open = await raw({ method: "GET", target: "/public", headers: [...evil] });
  assert.equal(open.status, 200);
  assert.doesNotMatch(open.body, /evil|root/);
  const known = await raw({ method: "GET", target: "/api", headers: [...evil, ["x-api-key", "key"]] });
  assert.equal(known.status, 200);
  assert.match(known.body, /x-client: acme/i);
  assert.doesNotMatch(known.body, /evil|root/);
});

test("a token counts while it is good, and its claims become headers", async (t) => {
  const { ask, sign } = await start(t);
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const good = await ask("/user", bearer(await sign({ sub: "ann" })));
  assert.deepEqual([good.status, good.got("x-user"), good.got("authorization")], [200, "ann", undefined]);
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "https://id.example.com", aud: "shop", sub: "ann", exp: now + 60 };
  const token = await sign({ sub: "ann" });
  for (const [what, wrong] of Object.entries({
    expired: await sign({ sub: "ann", exp: now - 3600 }),
    none: new UnsecuredJWT(claims).encode(),
    hmac: await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(Buffer.alloc(32)),
    altered: `${token.slice(0, -4)}AAAA`,
    audience: await sign({ sub: "ann", aud: "bank" }),
  })) {
    const denied = await ask("/user", bearer(wrong));
    assert.deepEqual([denied.status, denied.headers["www-authenticate"]], [401, 'Bearer error="invalid_token"'], what);
  }
  assert.equal((await ask("/user")).headers["www-authenticate"], "Bearer");
});

test("no trick with the path gets to what is denied, whether Envoy normalizes it or not", async (t) => {
  for (const options of [{}, { rawHeaders: false }, { normalizePath: true }]) {
    const { raw } = await start(t, options);
    for (const target of tricks) {
      const { status, body } = await raw({ method: "GET", target, headers: [] });
      const isRefused = status === 0 || (status >= 400 && status < 500);
      // Once Envoy has normalized a path, the upstream gets what was decided on.
      const isPublic = "normalizePath" in options && status === 200 && /\nGET \/public(?:[/?][a-z/]*)? HTTP/.test(body);
      assert.ok(isRefused || isPublic, `${JSON.stringify(options)} ${target}: ${status} ${body}`);
    }
    assert.equal((await raw({ method: "GET", target: "/public/%61?x=/../admin", headers: [] })).status, 200);
  }
});

const ways = [
  "//",
  "/./",
  "/x/../",
  "/%2e%2e/",
  "/..%2f",
  "/..;/",
  "/%2f",
  "%2f",
  "\\",
  "%5c",
  "/%252e%252e/",
  "/%61/../",
];

const tricks: readonly string[] = [
  ...["/public", ""].flatMap((prefix) => ways.map((way) => `${prefix}${way}admin`)),
  ...["/%61dmin", "/adm%69n/", "/admin;x", "/admin%00", "/admin%20", "/admin.", "/admin/", "/admin?x", "/admin%3f"],
  ...["/public/\xff\xfe", "/public/\xc0\xae\xc0\xae/admin", "/public/%c0%ae%c0%ae/admin", "/public/%ef%bc%8f"],
  ...["http://shop.example.com/admin", "http://shop.example.com//admin", "/public#/../admin", "/public/../x", "*"],
];

test("one more value of a header gets a request no further, in both forms in which Envoy sends headers", async (t) => {
  for (const rawHeaders of [true, false]) {
    const { raw } = await start(t, { rawHeaders });
    const status = async (...roles: readonly string[]) =>
      (await raw({ method: "GET", target: "/staff", headers: roles.map((role) => ["x-role", role] as const) })).status;
    assert.equal(await status("staff"), 200);
    assert.equal(await status("staff", "staff"), 200);
    for (const roles of [
      ["staff", "admin"],
      ["admin", "staff"],
      ["staff, admin"],
      ["banned", "staff"],
      ["staff", "banned"],
    ]) {
      assert.equal(await status(...roles), 403, `${roles}`);
    }
  }
});

test("a client is known by its certificate, and by the address that trusted proxies say it has", async (t) => {
  const [server, authority] = [await selfSigned(t, "server"), await makeAuthority(t)];
  const { ask } = await start(t, { policy: "behind-proxy", tls: { server, ca: authority.ca } });
  const mesh = async (tls: ConnectionOptions) =>
    (await ask("/mesh", { tls, headers: { "x-forwarded-for": "192.0.2.1" } })).status;
  const { good, revoked } = authority;
  assert.equal(await mesh({ cert: good.certificate, key: good.key }), 200);
  assert.equal(await mesh({ cert: revoked.certificate, key: revoked.key }), 403);
  assert.equal(await mesh({}), 403);
  // One proxy is trusted: what it adds itself is the last address, and what it was told counts for nothing.
  const from = (addresses: string) => ask("/inside", { tls: {}, headers: { "x-forwarded-for": addresses } });
  assert.equal((await from("10.0.0.7")).status, 200);
  assert.equal((await from("10.0.0.7, 192.0.2.1")).status, 403);
  assert.equal((await ask("/inside", { tls: {} })).status, 400);
});

test("without the control plane everything is denied", async (t) => {
  const { ask, controlPlane, envoy } = await start(t);
  assert.equal((await ask("/public")).status, 200);
  await controlPlane.kill();
  for (let i = 0; i < 3; i++) assert.equal((await ask("/public")).status, 403);
  assert.equal(await envoy.stat("http.http.ext_authz.failure_mode_allowed"), "0");
});

test("a denial of ours holds also where the filter lets errors through, and an unknown policy is one", async (t) => {
  const { ask, decisions } = await start(t, { policy: "other", failureModeAllow: true });
  assert.equal((await ask("/public")).status, 403);
  assert.equal((await decisions("policy=other"))[0]?.reason, 'there is no policy "other"');
});

test("authz explain says beforehand what Envoy's requests come to", async (t) => {
  const { controlPlane, ask } = await start(t);
  const { host } = new URL(controlPlane.url);
  for (const [path, code] of [
    ["/public", 0],
    ["/gone", 1],
  ] as const) {
    const command = runProgram(t, [
      "authz",
      "explain",
      `http://shop.example.com${path}`,
      "--policy",
      "shop",
      "--http",
      host,
    ]);
    assert.equal(await command.ended, code);
    assert.equal((await ask(path)).status === 200, code === 0);
  }
});

interface Options {
  readonly policy?: string;
  readonly rawHeaders?: boolean;
  readonly failureModeAllow?: boolean;
  readonly normalizePath?: boolean;
  /** The listener speaks TLS, takes certificates of this authority, and trusts one proxy before it. */
  readonly tls?: { readonly server: Certificate; readonly ca: string };
}

async function start(t: TestContext, options: Options = {}) {
  const { policy = "shop", rawHeaders = true, failureModeAllow = false, normalizePath = false, tls } = options;
  const folder = await temporaryFolder(t);
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256" }] };
  await writeFile(join(folder, "keys.jwks"), JSON.stringify(keys));
  await writeFile(join(folder, "policies.yaml"), policies);
  const [port, upstream] = [await freePort(), await startUpstream(t, "good")];
  const controlPlane = await startControlPlane(t, {
    // Busy machines take their time, and this is not about it.
    options: ["--authorization", join(folder, "policies.yaml"), "--authorization-timeout", "5000"],
  });
  await controlPlane.put({
    resources: { clusters: [staticCluster("good", upstream.port)], listeners: [listener(port)] },
  });
  const envoy = await startEnvoy(t, { transport: "ads", xdsPort: controlPlane.xdsPort });
  await envoy.ready();
  return {
    controlPlane,
    envoy,
    ask: (path: string, more: AskOptions = {}) => send(port, path, more),
    raw: ({ headers, ...request }: RawRequest) =>
      askRaw(connectTo(port), { ...request, headers: [["host", "shop.example.com"], ...headers] }),
    sign: (claims: Readonly<Record<string, unknown>>) =>
      new SignJWT({ iss: "https://id.example.com", aud: "shop", exp: Math.floor(Date.now() / 1000) + 60, ...claims })
        .setProtectedHeader({ alg: "ES256", kid: "one" })
        .sign(privateKey),
    decisions: async (query: string) =>
      await until(`decisions of ${query}`, async () => {
        const response = await fetch(`${controlPlane.url}/api/v1/authorization/decisions?${query}`);
        const found = z.array(decisionMessage).parse(await response.json());
        return found.length > 0 && found;
      }),
  };

  function listener(listenPort: number): object {
    const filter = {
      transport_api_version: "V3",
      grpc_service: { envoy_grpc: { cluster_name: "xds_cluster" }, timeout: "5s" },
      failure_mode_allow: failureModeAllow,
      encode_raw_headers: rawHeaders,
      stat_prefix: "",
    };
    const perRoute = {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute",
      check_settings: { context_extensions: { policy } },
    };
    const virtualHost = {
      name: "all",
      domains: ["*"],
      routes: [{ match: { prefix: "" }, route: { cluster: "good" } }],
      typed_per_filter_config: { "envoy.filters.http.ext_authz": perRoute },
    };
    const manager = typed("filters.network.http_connection_manager.v3.HttpConnectionManager", {
      stat_prefix: "http",
      normalize_path: normalizePath,
      ...(tls && { use_remote_address: true, xff_num_trusted_hops: 1 }),
      route_config: { name: "local", virtual_hosts: [virtualHost] },
      http_filters: [
        { name: "envoy.filters.http.ext_authz", typed_config: typed("filters.http.ext_authz.v3.ExtAuthz", filter) },
        { name: "envoy.filters.http.router", typed_config: typed("filters.http.router.v3.Router", {}) },
      ],
    });
    const common_tls_context = {
      tls_certificates: [
        {
          certificate_chain: { inline_string: tls?.server.certificate },
          private_key: { inline_string: tls?.server.key },
        },
      ],
      validation_context: { trusted_ca: { inline_string: tls?.ca } },
    };
    const transport_socket = {
      name: "envoy.transport_sockets.tls",
      typed_config: typed("transport_sockets.tls.v3.DownstreamTlsContext", { common_tls_context }),
    };
    const filters = [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }];
    return {
      name: "http",
      address: { socket_address: { address: "127.0.0.1", port_value: listenPort } },
      filter_chains: [{ filters, ...(tls && { transport_socket }) }],
    };
  }
}

const policies = `
policies:
  shop:
    rules:
      - { name: banned, match: { headers: { x-role: banned } }, deny: true }
      - { name: admin, match: { path: { prefix: /admin } }, deny: true }
      - { name: gone, match: { path: { exact: /gone } }, deny: { status: 410, body: no more, headers: { x-why: moved } } }
      - { name: public, match: { path: { prefix: /public }, hosts: [shop.example.com] }, allow: true }
      - { name: staff, match: { path: { prefix: /staff }, headers: { x-role: staff } }, allow: true }
      - name: api
        match: { path: { prefix: /api } }
        require: { apiKey: { keys: partners, userHeader: x-client, forward: false } }
      - { name: query, match: { path: { prefix: /by-query } }, require: { apiKey: { keys: partners, query: key, forward: false } } }
      - { name: user, match: { path: { prefix: /user } }, require: { jwt: { issuers: [id], claims: { x-user: sub }, forward: false } } }
  behind-proxy:
    trustedHops: 1
    rules:
      - { name: mesh, match: { path: { prefix: /mesh } }, require: { principals: ["CN=good"] } }
      - { name: inside, match: { path: { prefix: /inside }, ips: [10.0.0.0/8] }, allow: true }
apiKeys:
  partners: { acme: "${hashApiKey("key")}" }
issuers:
  id: { issuer: "https://id.example.com", audiences: [shop], algorithms: [ES256], jwks: { file: keys.jwks } }
`;
