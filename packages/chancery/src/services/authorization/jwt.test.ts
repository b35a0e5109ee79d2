import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { base64url, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { silentLogger } from "../../logs.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { type Jwks, toJwks } from "./jwks.ts";
import { toJwtCheck } from "./jwt.ts";
import { nothingFound } from "./requirement.ts";
import type { JwksConfig, JwtConfig } from "./schema.ts";

const log = silentLogger();

test("a token counts if it is signed by a key of its issuer, for an audience, and now", async (t) => {
  const key = await makeKey("one");
  const { ask } = checking(t, { inline: { keys: [key.jwk] } });
  const good = await ask(await key.sign({ sub: "ann" }));
  assert.partialDeepStrictEqual(good, { met: true, subject: "ann", claims: { sub: "ann" } });
  const now = Math.floor(Date.now() / 1000);
  assert.equal((await ask(await key.sign({ exp: now - 20 }))).met, true, "within the leeway");
  const other = await makeKey("one");
  const wrong: Readonly<Record<string, string>> = {
    "another key": await other.sign({}),
    expired: await key.sign({ exp: now - 60 }),
    "not yet": await key.sign({ nbf: now + 60 }),
    "another audience": await key.sign({ aud: "bank" }),
    "another issuer": await key.sign({ iss: "https://evil.example.com" }),
    "no expiry": await key.sign({ exp: undefined }),
    "no signature": new UnsecuredJWT({ sub: "ann", iss: issuer, aud: "shop", exp: now + 60 }).encode(),
    "no text": "",
    garbage: "a.b.c",
    "a list": `${base64url.encode('{"alg":"ES256"}')}.${base64url.encode("[]")}.x`,
  };
  for (const [what, token] of Object.entries(wrong)) {
    const finding = await ask(token);
    assert.ok(!finding.met && finding.status === 401 && finding.challenge?.startsWith("Bearer"), what);
  }
});

test("an algorithm that is not listed is refused, also one that would take the public key for a secret", async (t) => {
  const rsa = await makeKey("rsa", "RS256");
  const { ask } = checking(t, { inline: { keys: [rsa.jwk] } });
  assert.match((await ask(await rsa.sign({}))).reason, /"alg"/);
  const secret = Buffer.from(JSON.stringify(rsa.jwk));
  const forged = await new SignJWT({})
    .setProtectedHeader({ alg: "HS256", kid: "rsa" })
    .setIssuer(issuer)
    .setAudience("shop")
    .setExpirationTime("1m")
    .sign(secret);
  assert.equal((await ask(forged)).met, false);
});

test("a token that does not name its key is tried with each that may have signed it", async (t) => {
  const [one, two, other] = [await makeKey("one"), await makeKey("two"), await makeKey("other")];
  const { ask } = checking(t, { inline: { keys: [one.jwk, two.jwk] } });
  assert.equal((await ask(await one.sign({}, {}))).met, true);
  assert.equal((await ask(await two.sign({}, {}))).met, true);
  const finding = await ask(await other.sign({}, {}));
  assert.ok(!finding.met && finding.status === 401);
  assert.match(finding.reason, /signature/);
  const expired = await ask(await two.sign({ exp: 1 }, {}));
  assert.ok(!expired.met);
  assert.match(expired.reason, /"exp"/);
});

test("claims become headers, and one that no header can hold is a denial", async (t) => {
  const key = await makeKey("one");
  const claims = {
    "x-user": "sub",
    "x-roles": "realm.roles",
    "x-tenant": "https://example.com/tenant",
    "x-level": "level",
  };
  const { ask } = checking(t, { inline: { keys: [key.jwk] } }, { claims, forward: false });
  const body = { sub: "ann", realm: { roles: ["a", "b"] }, "https://example.com/tenant": "t1", level: 3 };
  const finding = await ask(await key.sign(body));
  assert.ok(finding.met);
  assert.deepEqual(Object.fromEntries(finding.headers ?? []), {
    ...{ "x-user": "ann", "x-roles": "a,b", "x-tenant": "t1", "x-level": "3" },
  });
  assert.equal(finding.strips?.[0]?.name, "authorization");
  const comma = await ask(await key.sign({ realm: { roles: ["a", "b,admin"] } }));
  assert.equal(comma.met && comma.headers?.get("x-roles"), '["a","b,admin"]', "no role of the name admin");
  const split = await ask(await key.sign({ sub: "ann\r\nx-admin: 1" }));
  assert.ok(!split.met && split.status === 403);
});

test("scopes are demanded, in either form", async (t) => {
  const key = await makeKey("one");
  const { ask } = checking(t, { inline: { keys: [key.jwk] } }, { scopes: ["read", "write"] });
  assert.equal((await ask(await key.sign({ scope: "write read" }))).met, true);
  assert.equal((await ask(await key.sign({ scp: ["read", "write"] }))).met, true);
  const finding = await ask(await key.sign({ scope: "read" }));
  assert.ok(!finding.met && finding.status === 403);
  assert.equal(finding.challenge, 'Bearer error="insufficient_scope", scope="write"');
});

test("keys are fetched once for all requests, and again when a token names a new one", async (t) => {
  const [one, two] = [await makeKey("one"), await makeKey("two")];
  const served = await serveKeys(t, [one.jwk]);
  const { ask, jwks } = checking(t, { url: served.url, refresh: 3_600_000, timeout: 1000 });
  const tokens = await Promise.all([1, 2, 3].map((n) => one.sign({ sub: `${n}` })));
  const found = await Promise.all(tokens.map(ask));
  assert.deepEqual(
    found.map(({ met }) => met),
    [true, true, true],
  );
  assert.equal(served.count(), 1);
  // Somebody may ask for keys that there are none of as often as they like.
  assert.equal((await ask(await two.sign({}))).met, false);
  assert.equal(served.count(), 1);
  assert.equal(jwks.state.keys, 1);
});

test("keys that cannot be fetched deny, and it is tried again", async (t) => {
  const key = await makeKey("one");
  const served = await serveKeys(t, [key.jwk], { failures: 1 });
  const { ask, jwks } = checking(t, { url: served.url, refresh: 1000, timeout: 1000 });
  const finding = await ask(await key.sign({}));
  assert.ok(!finding.met && finding.status === 503, JSON.stringify(finding));
  assert.equal(jwks.state.failures, 1);
  await served.asked(2);
  while (jwks.state.keys === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await ask(await key.sign({}))).met, true);
});

test("it is said why keys cannot be fetched", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port
  await new Promise((resolve) => server.close(resolve));
  const { jwks } = checking(t, { url: `http://127.0.0.1:${port}/keys`, refresh: 1000, timeout: 1000 });
  await jwks.keys();
  assert.equal(jwks.state.error, "nothing listens there");
});

test("a token that was good is not once its key is gone, or it has expired", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const [one, two] = [await makeKey("one"), await makeKey("two")];
  const sets = [[one.jwk, two.jwk], [two.jwk]].map((keys) => toJwks({ inline: { keys } }, context));
  let served = sets[0];
  const [first = assert.fail()] = sets;
  const { ask } = checkingBy(t, { ...first, keys: async () => served?.keys() });
  const token = await one.sign({});
  assert.deepEqual([(await ask(token)).met, (await ask(token)).met], [true, true]);
  served = sets[1];
  assert.equal((await ask(token)).met, false);
  const expiring = await two.sign({});
  assert.equal((await ask(expiring)).met, true);
  t.mock.timers.tick(60_000 + 29_000);
  assert.equal((await ask(expiring)).met, true, "within the leeway");
  t.mock.timers.tick(2000);
  assert.equal((await ask(expiring)).met, false);
});

test("keys that were there stay while they cannot be fetched again", async (t) => {
  const key = await makeKey("one");
  const folder = await mkdtemp(join(tmpdir(), "chancery-jwks-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "keys.json"), JSON.stringify({ keys: [key.jwk] }));
  const { ask, jwks } = checking(t, { file: join(folder, "keys.json"), refresh: 1000 });
  assert.equal((await ask(await key.sign({}))).met, true);
  await writeFile(join(folder, "keys.json"), "{");
  while (jwks.state.failures === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.match(jwks.state.error ?? "", /JSON/);
  assert.equal((await ask(await key.sign({}))).met, true);
});

const issuer = "https://id.example.com";

async function makeKey(kid: string, alg = "ES256") {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg };
  return {
    jwk: { ...jwk, kty: jwk.kty ?? "" },
    sign(claims: Readonly<Record<string, unknown>>, name: { readonly kid?: string } = { kid }): Promise<string> {
      const all = { iss: issuer, aud: "shop", exp: Math.floor(Date.now() / 1000) + 60, ...claims };
      return new SignJWT(JSON.parse(JSON.stringify(all))).setProtectedHeader({ alg, ...name }).sign(privateKey);
    },
  };
}

function checking(t: TestContext, config: JwksConfig, more: Partial<JwtConfig> = {}) {
  return checkingBy(t, toJwks(config, context), more);
}

const context = { origin: "policies.yaml", cwd: "/", log };

function checkingBy(t: TestContext, jwks: Jwks, more: Partial<JwtConfig> = {}) {
  t.after(() => jwks[Symbol.dispose]());
  const known = { issuer, audiences: ["shop"], algorithms: ["ES256" as const], leewayMs: 30_000, jwks };
  const check = toJwtCheck(
    { issuers: ["corp"], claims: {}, forward: true, ...more },
    { issuers: new Map([["corp", known]]) },
  );
  const ask = async (token: string): Promise<Finding> => {
    const headers = new Map([["authorization", [`Bearer ${token}`]]]);
    const http = { ...{ id: "", method: "GET", scheme: "http", path: "/", query: "", host: "a", size: 0 }, headers };
    const facts: Facts = { http, ip: "", principal: "", sni: "", contextExtensions: new Map() };
    return await check(facts, nothingFound);
  };
  return { ask, jwks };
}

async function serveKeys(t: TestContext, keys: readonly JWK[], { failures = 0 } = {}) {
  let count = 0;
  const server = createServer((_, response) => {
    count++;
    response.writeHead(count <= failures ? 500 : 200).end(JSON.stringify({ keys }));
    server.emit("asked");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    // It listens on a port, so it has this kind of address.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    count: () => count,
    async asked(times: number) {
      while (count < times) await once(server, "asked");
    },
  };
}
