import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { z } from "zod";
import type { Config } from "../../packages/chancery/src/model/kinds.ts";
import { selfSigned } from "../harness/certificate.ts";
import { freePort } from "../harness/free-port.ts";
import { type ServedModel, startModel } from "../harness/model.ts";
import { send } from "../harness/request.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

test("limits of policies hold by what they count, on all levels, without any file of limits", async (t) => {
  const shop = await shopModel(t);
  const { port } = shop;
  const served = await startModel(t, {
    ...shop.config,
    policies: {
      everyone: { targets: "gateway/public", rateLimit: { requests: 4, per: "year", key: { header: "x-all" } } },
      users: {
        targets: "route/shop",
        rateLimit: { requests: 2, per: "year", key: [{ header: "x-user" }, "path"], algorithm: "sliding-window" },
      },
      orders: { targets: "rule/shop#orders", rateLimit: { requests: 1, per: "year", onFailure: "deny" } },
      tried: { targets: "rule/shop#search", rateLimit: { requests: 0, per: "year", shadow: true } },
    },
  });
  const ask = async (path: string, headers: Record<string, string> = {}) =>
    (await send(port, path, { headers })).status;
  const ann = { "x-user": "ann" };

  const first = await send(port, "/rest", { headers: ann });
  assert.equal(first.headers["x-ratelimit-limit"]?.toString().split(",")[0], "2");
  assert.equal(first.headers["x-ratelimit-remaining"], "1");
  // The query is no part of the path that is counted by.
  assert.deepEqual([await ask("/rest?a=1", ann), await ask("/rest?a=2", ann)], [200, 429]);
  assert.equal(await ask("/rest", { "x-user": "bob" }), 200);
  assert.equal(await ask("/rest/other", ann), 200);

  // A request without what is counted by is not limited by that.
  for (let i = 0; i < 4; i++) assert.equal(await ask("/rest"), 200);

  // What a wider target says holds beside it.
  const all = { "x-all": "yes" };
  for (const path of ["/rest", "/orders", "/search", "/rest"]) assert.equal(await ask(path, all), 200);
  assert.equal(await ask("/rest", all), 429);
  // What is not sent to a service is not counted.
  assert.equal(await ask("/hello", all), 200);
  assert.equal(await ask("/orders"), 429);
  const call = await send(port, "/orders", { headers: { "content-type": "application/grpc" } });
  // RESOURCE_EXHAUSTED
  assert.equal(call.headers["grpc-status"], "8");
  assert.equal(await ask("/search"), 200);

  const state = rateLimits.parse(await (await fetch(`${served.controlPlane.url}/api/v1/rate-limits`)).json());
  const rules = Object.fromEntries(state.domains.flatMap((domain) => domain.rules).map((stats) => [stats.rule, stats]));
  assert.deepEqual(
    [
      rules["limit_orders#all"]?.overLimit,
      rules["limit_tried#all"]?.shadowMode,
      rules["limit_users#all.x-user.path"]?.overLimit,
    ],
    [2, 2, 1],
  );
});

test("while the control plane is away requests pass, but where a limit says that they are refused then", async (t) => {
  const shop = await shopModel(t);
  const limit = { requests: 100, per: "year" } as const;
  const policies: Config["policies"] = {
    orders: { targets: "rule/shop#orders", rateLimit: { ...limit, onFailure: "deny" } },
    rest: { targets: "rule/shop#rest", rateLimit: limit },
  };
  const { controlPlane } = await startModel(t, { ...shop.config, policies });
  const ask = async (path: string) => (await send(shop.port, path)).status;
  assert.deepEqual([await ask("/orders"), await ask("/rest")], [200, 200]);
  await controlPlane.kill();
  assert.deepEqual([await ask("/orders"), await ask("/rest")], [503, 200]);
});

test("limits of a file hold beside those of policies, by descriptors of the model", async (t) => {
  const shop = await shopModel(t);
  const file = join(await temporaryFolder(t), "edge.yaml");
  await writeFile(file, limits);
  const descriptors = [[{ generic: "shop" }, { header: "x-user", as: "user" }]];
  const policies: Config["policies"] = {
    users: { targets: "gateway/public", rateLimit: { domain: "edge", descriptors } },
    own: { targets: "rule/shop#orders", rateLimit: { requests: 1, per: "year", key: { header: "x-user" } } },
  };
  await startModel(t, { ...shop.config, policies }, {}, ["--rate-limits", file]);
  const ask = async (path: string, user: string) =>
    (await send(shop.port, path, { headers: { "x-user": user } })).status;
  assert.deepEqual(
    [await ask("/rest", "ann"), await ask("/orders", "ann"), await ask("/rest", "ann")],
    [200, 200, 429],
  );
  assert.deepEqual([await ask("/orders", "bob"), await ask("/orders", "bob")], [200, 429]);
});

const limits = `
domain: edge
descriptors:
  - key: generic_key
    value: shop
    descriptors: [{ key: user, rate_limit: { unit: year, requests_per_unit: 2 } }]
`;

test("the closest policy says who may ask, also of what Envoy answers itself, and a rule may be left out", async (t) => {
  const shop = await shopModel(t);
  const file = join(await temporaryFolder(t), "authorization.yaml");
  await writeFile(file, authorization);
  const policies: Config["policies"] = {
    users: { targets: "gateway/public", authorization: "users" },
    closed: { targets: "route/shop", authorization: "closed" },
    staff: { targets: "rule/shop#orders", authorization: { policy: "users", onFailure: "allow" } },
    hello: { targets: "rule/shop#hello", authorization: false },
    missing: { targets: "rule/shop#search", authorization: "missing" },
  };
  const config = {
    ...shop.config,
    routes: { ...shop.config.routes, other: { parents: "public", hosts: "other.com", respond: 200 } },
  };
  const { write } = await startModel(t, { ...config, policies }, {}, ["--authorization", file]);
  const ask = async (path: string, user?: string, host = "shop.example.com") =>
    (await send(shop.port, path, { host, headers: user === undefined ? {} : { "x-user": user } })).status;
  const both = async (path: string, host?: string) => [await ask(path, undefined, host), await ask(path, "ann", host)];
  assert.deepEqual(await both("/orders"), [403, 200]);
  assert.deepEqual(await both("/rest"), [410, 410]);
  assert.deepEqual(await both("/hello"), [200, 200]);
  assert.deepEqual(await both("/search"), [403, 403]);
  assert.deepEqual(await both("/", "other.com"), [403, 200]);

  // One with a mistake stays as it was. No rate limit is a number.
  const mistake = { rateLimit: 1 as never };
  const wrong = { targets: "route/shop", authorization: false, ...mistake } as const;
  const hello = { targets: "rule/shop#hello", authorization: "closed" };
  await write({ ...config, policies: { ...policies, closed: wrong, hello } });
  await until("the other change is there", async () => (await ask("/hello")) === 410);
  assert.equal(await ask("/rest", "ann"), 410);
});

const authorization = `
policies:
  users:
    rules: [{ name: known, match: { headers: { x-user: { present: true } } }, allow: true }]
  closed:
    rules: [{ name: closed, deny: { status: 410 } }]
`;

test("without an authorization service nobody may ask, unless a policy says that all may then", async (t) => {
  const shop = await shopModel(t);
  const lenient = { policy: "users", onFailure: "allow" } as const;
  const policies = {
    users: { targets: "route/shop", authorization: "users" },
    lenient: { targets: "rule/shop#orders", authorization: lenient },
  };
  await startModel(t, { ...shop.config, policies });
  const ask = async (path: string) => (await send(shop.port, path)).status;
  assert.deepEqual([await ask("/rest"), await ask("/orders")], [503, 200]);
});

test("a request waits for a decision for as long as its policy says", async (t) => {
  const shop = await shopModel(t);
  const policies: Config["policies"] = {
    users: { targets: "route/shop", authorization: "users" },
    patient: { targets: "rule/shop#orders", authorization: { policy: "users", timeout: "1s" } },
    lenient: { targets: "rule/shop#hello", authorization: { policy: "users", timeout: "1s", onFailure: "allow" } },
  };
  const { controlPlane } = await startModel(t, { ...shop.config, policies });
  controlPlane.pause();
  const ask = async (path: string) => {
    const startMs = performance.now();
    const { status } = await send(shop.port, path);
    // Envoy's clock may be a little behind.
    return [status, performance.now() - startMs < 900];
  };
  assert.deepEqual(
    [await ask("/rest"), await ask("/orders"), await ask("/hello")],
    [
      [503, true],
      [503, false],
      [200, false],
    ],
  );
});

test("addresses are refused by the closest policy, as trusted proxies tell them, also where Envoy answers itself", async (t) => {
  const shop = await shopModel(t);
  const policies: Config["policies"] = {
    "not-them": { targets: "gateway/public", ipAccess: { deny: ["192.0.2.0/24", "2001:db8::/32"] } },
    office: { targets: "rule/shop#orders", ipAccess: { allow: "10.0.0.0/8", deny: "10.9.0.1" } },
    tried: { targets: "rule/shop#search", ipAccess: { allow: "10.0.0.0/8", dryRun: true } },
    anyone: { targets: "rule/shop#hello", ipAccess: false },
  };
  const http = { trustedHops: 1 };
  const gateways = {
    public: { address: "127.0.0.1", http, listeners: { http: { protocol: "HTTP" as const, port: shop.port } } },
  };
  const { envoy, write } = await startModel(t, { ...shop.config, gateways, policies });
  const addresses = ["203.0.113.7", "192.0.2.1", "2001:db8::7", "10.1.2.3", "10.9.0.1"];
  const ask = (path: string) =>
    Promise.all(
      addresses.map(
        async (address) => (await send(shop.port, path, { headers: { "x-forwarded-for": address } })).status,
      ),
    );
  assert.deepEqual(await ask("/rest"), [200, 403, 403, 200, 200]);
  assert.deepEqual(await ask("/orders"), [403, 403, 403, 200, 403]);
  assert.deepEqual(await ask("/hello"), [200, 200, 200, 200, 200]);
  assert.deepEqual(await ask("/search"), [200, 200, 200, 200, 200]);
  const count = async (name: string) => Number(await envoy.stat(`http.public/http.rbac.${name}`));
  assert.deepEqual([await count("denied"), await count("shadow_denied")], [6, 3]);

  // One that is wrong, and was never right, lets nobody in.
  const wrong = { targets: "route/shop", ipAccess: { allow: "10.0.0.300" } };
  await write({ ...shop.config, gateways, policies: { wrong } });
  await until("nobody may", async () => (await ask("/orders")).every((status) => status === 403));
});

test("who has no certificate of the right name is refused by the closest policy, whatever headers say", async (t) => {
  const shop = await shopModel(t);
  const [server, ann, bob] = await Promise.all([
    selfSigned(t, "shop", ["shop.example.com"]),
    selfSigned(t, "ann", ["ann.ops.example.com"]),
    selfSigned(t, "bob", ["bob.example.com"]),
  ]);
  const clientCertificates = { ca: "clients", mode: "optional" as const };
  const https = { protocol: "HTTPS" as const, port: shop.port, tls: { certificates: "shop", clientCertificates } };
  const { envoy } = await startModel(t, {
    ...shop.config,
    gateways: { public: { address: "127.0.0.1", listeners: { http: https } } },
    certificates: {
      shop: { inline: { cert: server.certificate, key: server.key } },
      clients: { kind: "ca", inline: { ca: `${ann.certificate}\n${bob.certificate}` } },
    },
    policies: {
      ours: { targets: "gateway/public", principals: "*.example.com" },
      ops: { targets: "rule/shop#orders", principals: ["*.ops.example.com", "spiffe://corp/*"] },
      tried: { targets: "rule/shop#search", principals: { allow: "*.ops.example.com", dryRun: true } },
      anyone: { targets: "rule/shop#hello", principals: false },
    },
  });
  const headers = { "x-forwarded-client-cert": "URI=spiffe://corp/root;DNS=root.ops.example.com" };
  const ask = async (path: string) => {
    const statuses: number[] = [];
    for (const client of [ann, bob, undefined]) {
      const tls = client === undefined ? {} : { cert: client.certificate, key: client.key };
      statuses.push((await send(shop.port, path, { host: "shop.example.com", tls, headers })).status);
    }
    return statuses;
  };
  assert.deepEqual(await ask("/rest"), [200, 200, 403]);
  assert.deepEqual(await ask("/orders"), [200, 403, 403]);
  assert.deepEqual(await ask("/search"), [200, 200, 200]);
  assert.deepEqual(await ask("/hello"), [200, 200, 200]);
  const count = async (name: string) => Number(await envoy.stat(`http.public/http.rbac.principals.${name}`));
  assert.deepEqual([await count("denied"), await count("shadow_denied")], [3, 2]);
});

test("who has no good token is refused by the closest policy; claims become headers that nobody else can send", async (t) => {
  const shop = await shopModel(t);
  const [good, other] = await Promise.all([makeIssuer("https://id.example.com"), makeIssuer("https://id.example.com")]);
  const jwt = { issuer: "https://id.example.com", audiences: "shop", jwks: good.jwks };
  const claims = { "x-user": "sub", "x-roles": "realm.roles" };
  const policies: Config["policies"] = {
    users: { targets: "gateway/public", jwt: { ...jwt, claims, forward: false } },
    maybe: { targets: "rule/shop#search", jwt: { ...jwt, claims, optional: true } },
    anyone: { targets: "rule/shop#hello", jwt: false },
  };
  const { write } = await startModel(t, { ...shop.config, policies });
  const ask = (path: string, token?: string) =>
    send(shop.port, path, {
      headers: {
        "x-user": "evil",
        "x-roles": "evil",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
  const statuses = async (path: string, ...tokens: readonly (string | undefined)[]) =>
    (await Promise.all(tokens.map((token) => ask(path, token)))).map(({ status }) => status);
  const token = await good.sign({ realm: { roles: "admin" } });
  const bad = [
    await other.sign({}),
    await good.sign({}, { audience: "elsewhere" }),
    await good.sign({}, { expires: "-1h" }),
    await good.sign({}, { expires: undefined }),
    new UnsecuredJWT({ sub: "ann", iss: "https://id.example.com", aud: "shop" }).setExpirationTime("1h").encode(),
    "nothing",
  ];
  assert.deepEqual(await statuses("/rest", token, undefined, ...bad), [200, 401, 401, 403, 401, 401, 401, 401]);
  assert.deepEqual(await statuses(`/rest?access_token=${token}`, undefined), [401]);
  assert.deepEqual(await statuses("/search", token, undefined, ...bad), [200, 200, 401, 403, 401, 401, 401, 401]);
  assert.deepEqual(await statuses("/hello", token, undefined, "nothing"), [200, 200, 200]);
  const got = async (path: string, token?: string) => {
    const { got } = await ask(path, token);
    return [got("x-user"), got("x-roles"), got("authorization") === undefined];
  };
  assert.deepEqual(await got("/rest", token), ["ann", "admin", true]);
  assert.deepEqual(await got("/rest", await good.sign({})), ["ann", undefined, true]);
  assert.deepEqual(await got("/search", token), ["ann", "admin", false]);
  assert.deepEqual(await got("/search"), [undefined, undefined, true]);

  // Other keys count at once.
  await write({ ...shop.config, policies: { users: { targets: "route/shop", jwt: { ...jwt, jwks: other.jwks } } } });
  const turned = async () => (await statuses("/rest", token, await other.sign({}))).join() === "401,200";
  await until("the other keys count", turned);
});

/** Signs tokens of `ann` for the shop, an hour long unless it is said otherwise. */
async function makeIssuer(issuer: string) {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const { crv, x, y } = await exportJWK(publicKey);
  return {
    jwks: { inline: { keys: [{ kty: "EC" as const, crv, x, y, kid: "a", alg: "ES256" }] } },
    sign(claims: object, options: { readonly audience?: string; readonly expires?: string | undefined } = {}) {
      const { audience = "shop" } = options;
      const expires = "expires" in options ? options.expires : "1h";
      const token = new SignJWT({ ...claims }).setProtectedHeader({ alg: "ES256", kid: "a" });
      token.setIssuer(issuer).setAudience(audience).setSubject("ann");
      if (expires !== undefined) token.setExpirationTime(expires);
      return token.sign(privateKey);
    },
  };
}

test("policies that come, change and go touch no listener, once there is one", async (t) => {
  const shop = await shopModel(t);
  const { port } = shop;
  const limit = (requests: number) => ({ requests, per: "year" as const, key: { header: "x-user" } });
  const base = { everyone: { targets: "gateway/public", rateLimit: limit(1000) } };
  const served = await startModel(t, { ...shop.config, policies: base });
  const ask = async (user: string) => (await send(port, "/orders", { headers: { "x-user": user } })).status;
  const updates = () => listenerUpdates(served);
  const before = await updates();
  assert.deepEqual(before, ["1", "0", "0", "0"]);

  await served.write({
    ...shop.config,
    policies: { ...base, orders: { targets: "rule/shop#orders", rateLimit: limit(0) } },
  });
  await until("requests are refused", async () => (await ask("ann")) === 429);
  await served.write({
    ...shop.config,
    policies: { ...base, orders: { targets: "rule/shop#orders", rateLimit: limit(1) } },
  });
  // Each of them is counted from 0.
  let user = 0;
  await until("the limit is 1", async () => (await ask(`user-${++user}`)) === 200);
  assert.equal(await ask(`user-${user}`), 429);
  await served.write({ ...shop.config, policies: base });
  await until("the limit is gone", async () => (await ask(`user-${user}`)) === 200);
  assert.deepEqual(await updates(), before);
});

const rateLimits = z.object({
  domains: z.array(
    z.object({ rules: z.array(z.object({ rule: z.string(), overLimit: z.number(), shadowMode: z.number() })) }),
  ),
});

async function shopModel(
  t: Parameters<typeof startUpstream>[0],
): Promise<{ port: number; config: Omit<Config, "fleets"> }> {
  const [upstream, port] = [await startUpstream(t, "shop"), await freePort()];
  return {
    port,
    config: {
      gateways: { public: { address: "127.0.0.1", listeners: { http: { protocol: "HTTP", port } } } },
      services: { shop: { endpoints: `127.0.0.1:${upstream.port}` } },
      routes: {
        shop: {
          parents: "public",
          rules: {
            orders: { match: { path: "/orders" }, to: "shop" },
            hello: { match: { path: "/hello" }, respond: 200 },
            search: { match: { path: "/search" }, to: "shop" },
            rest: { to: "shop" },
          },
        },
      },
    },
  };
}

/** How often listeners were added, changed and removed. */
async function listenerUpdates({ envoy }: ServedModel): Promise<readonly (string | undefined)[]> {
  const names = ["added", "modified", "in_place_updated", "removed"];
  return Promise.all(names.map((name) => envoy.stat(`listener_manager.listener_${name}`)));
}
