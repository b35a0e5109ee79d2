import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type TestContext, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { makeAuthority, selfSigned } from "../harness/certificate.ts";
import { freePort } from "../harness/free-port.ts";
import { startModel } from "../harness/model.ts";
import { send } from "../harness/request.ts";
import { startTcpUpstream } from "../harness/tcp-upstream.ts";
import { startUpstream } from "../harness/upstream.ts";

test("TLS: certificates by name, clients' certificates, and where connections go", async (t) => {
  const { ports, clients } = await start(t);
  const host = "shop.example.com";

  await t.test("of several certificates of a listener the one that fits the server name is shown", async () => {
    assert.equal(await subjectFor(ports.main, "shop.example.com"), "shop");
    assert.equal(await subjectFor(ports.main, "api.example.com"), "api");
  });

  await t.test("one port ends TLS for some names and passes it on for others", async () => {
    assert.equal((await send(ports.main, "/", { host, tls: {} })).by, "blue");
    assert.equal(await subjectFor(ports.main, "vault.example.com"), "vault");
    assert.equal(await firstLine(ports.main, { servername: "vault.example.com" }), "vault\n");
    assert.equal(await subjectFor(ports.main, "a.vaults.example.com"), "vault");
    await assert.rejects(firstLine(ports.main, { servername: "nobody.example.org" }));
  });

  await t.test("TLS ends and what is in it goes on as bytes", async () => {
    assert.equal(await subjectFor(ports.main, "main.db.example.com"), "db");
    assert.equal(await firstLine(ports.main, { servername: "main.db.example.com" }), "database\n");
  });

  await t.test("the same port takes plain HTTP too, if a listener says so", async () => {
    assert.equal((await send(ports.main, "/", { host: "plain.example.com" })).by, "blue");
  });

  await t.test("HTTP/2 by ALPN, unless a listener has HTTP/1 only; versions as it says", async () => {
    const offers = { servername: host, ALPNProtocols: ["h2", "http/1.1"] };
    assert.equal(await negotiated(ports.main, offers), "TLSv1.3 h2");
    assert.equal(await negotiated(ports.old, offers), "TLSv1.2 http/1.1");
    await assert.rejects(negotiated(ports.old, { ...offers, minVersion: "TLSv1.3" }));
    await assert.rejects(negotiated(ports.main, { ...offers, maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }));
    const session = connectHttp2(`https://127.0.0.1:${ports.main}`, { ...offers, rejectUnauthorized: false });
    const stream = session.request({ ":path": "/", ":authority": host });
    assert.equal((await once(stream, "response"))[0][":status"], 200);
    session.destroy();
  });

  await t.test("a certificate that is required: none, a wrong one and one for another name are refused", async () => {
    const ask = (tls: ConnectionOptions) => send(ports.required, "/", { host, tls });
    const answer = await ask(clients.alice);
    assert.equal(answer.by, "blue");
    assert.match(answer.got("x-forwarded-client-cert") ?? "", /Subject="CN=alice";URI=;DNS=alice.example.org$/);
    await assert.rejects(ask({}));
    await assert.rejects(ask(clients.mallory));
    await assert.rejects(send(ports.named, "/", { host, tls: clients.alice }));
  });

  await t.test("a certificate that is optional: none is let in, a wrong one is not", async () => {
    const ask = (tls: ConnectionOptions) => send(ports.optional, "/", { host, tls });
    assert.equal((await ask({})).by, "blue");
    assert.equal((await ask(clients.alice)).by, "blue");
    await assert.rejects(ask(clients.mallory));
  });

  await t.test("a certificate that its authority has revoked is refused", async () => {
    const ask = (tls: ConnectionOptions) => send(ports.listed, "/", { host, tls });
    assert.equal((await ask(clients.good)).by, "blue");
    await assert.rejects(ask(clients.revoked));
  });

  await t.test("nobody can say who he is by a header", async () => {
    const headers = { "x-forwarded-client-cert": "Subject=root" };
    assert.equal(
      (await send(ports.optional, "/", { host, tls: {}, headers })).got("x-forwarded-client-cert"),
      undefined,
    );
  });

  await t.test("HTTP/3: offered to those who come by TLS, and spoken", async () => {
    const offer = await send(ports.http3, "/", { host, tls: {} });
    assert.equal(offer.headers["alt-svc"], `h3=":${ports.http3}"; ma=86400`);
    // Envoy itself is the client that speaks it.
    const answer = await send(ports.front, "/through", { host });
    assert.deepEqual([answer.by, answer.asked], ["blue", "GET /through HTTP/1.1"]);
    assert.equal(answer.got("x-protocol"), "HTTP/3");
  });

  await t.test("a listener whose certificate is not there costs itself only", async () => {
    await assert.rejects(send(ports.broken, "/", { host, tls: {} }));
    assert.equal((await send(ports.broken, "/", { host: "whole.example.com", tls: {} })).by, "blue");
  });
});

async function start(t: TestContext) {
  const certificates = await makeCertificates(t);
  const { shop, api, vault, db, alice, mallory } = certificates;
  const authority = await makeAuthority(t);
  const { good, revoked } = authority;
  const [blue, through, database] = await Promise.all([
    startUpstream(t, "blue"),
    startTcpUpstream(t, "vault", { cert: vault.certificate, key: vault.key }),
    startTcpUpstream(t, "database"),
  ]);
  const names = ["main", "old", "required", "named", "optional", "listed", "http3", "front", "broken"] as const;
  const free = await Promise.all(names.map(async (name) => [name, await freePort()] as const));
  // The keys are the names.
  const ports = Object.fromEntries(free) as Record<(typeof names)[number], number>;
  const address = ({ port }: { readonly port: number }) => `127.0.0.1:${port}`;
  const https = { protocol: "HTTPS" as const, tls: { certificates: "shop" } };
  const asking = (port: number, clientCertificates: { ca: string; mode?: "optional"; sans?: string }) => ({
    ...{ ...https, port },
    tls: { ...https.tls, clientCertificates },
  });
  await startModel(t, {
    gateways: {
      public: {
        address: "127.0.0.1",
        listeners: {
          https: {
            ...{ protocol: "HTTPS", port: ports.main, hostnames: ["shop.example.com", "api.example.com"] },
            tls: { certificates: ["shop", "api"] },
          },
          plain: { protocol: "HTTP", port: ports.main, hostnames: "plain.example.com" },
          through: { protocol: "TLS", port: ports.main, tls: { mode: "passthrough" } },
          ended: { protocol: "TLS", port: ports.main, hostnames: "*.db.example.com", tls: { certificates: "db" } },
          old: { ...https, port: ports.old, tls: { ...https.tls, versions: { max: "1.2" }, alpn: "http/1.1" } },
          required: asking(ports.required, { ca: "clients", sans: "*.example.org" }),
          named: asking(ports.named, { ca: "clients", sans: "bob.example.org" }),
          optional: asking(ports.optional, { ca: "clients", mode: "optional" }),
          listed: asking(ports.listed, { ca: "listed" }),
          http3: { ...https, port: ports.http3, http3: true },
          broken: { ...https, port: ports.broken, hostnames: "shop.example.com", tls: { certificates: "missing" } },
          whole: { ...https, port: ports.broken, hostnames: "whole.example.com" },
        },
      },
      front: { address: "127.0.0.1", listeners: { http: { protocol: "HTTP", port: ports.front } } },
    },
    services: {
      blue: { endpoints: address(blue) },
      vault: { endpoints: address(through), protocol: "tcp" },
      database: { endpoints: address(database), protocol: "tcp" },
      quic: {
        endpoints: `127.0.0.1:${ports.http3}`,
        protocol: "http3",
        tls: { verify: false, sni: "shop.example.com" },
      },
    },
    certificates: {
      shop: { inline: { cert: shop.certificate, key: shop.key } },
      api: { inline: { cert: api.certificate, key: api.key } },
      db: { inline: { cert: db.certificate, key: db.key } },
      clients: { kind: "ca", inline: { ca: alice.certificate } },
      listed: { kind: "ca", inline: { ca: authority.ca, crl: authority.crl } },
    },
    routes: {
      blue: { parents: "public", to: "blue", headers: { request: { set: { "x-protocol": "%PROTOCOL%" } } } },
      vault: {
        ...{ parents: "public/through", protocol: "tls", to: "vault" },
        hosts: ["vault.example.com", "*.vaults.example.com"],
      },
      database: { parents: "public/ended", protocol: "tls", to: "database" },
      front: { parents: "front", to: "quic" },
    },
  });
  const toClient = ({ certificate, key }: typeof alice): ConnectionOptions => ({ cert: certificate, key });
  const clients = {
    alice: toClient(alice),
    mallory: toClient(mallory),
    good: toClient(good),
    revoked: toClient(revoked),
  };
  return { ports, clients };
}

async function makeCertificates(t: TestContext) {
  const [shop, api, vault, db, alice, mallory] = await Promise.all([
    selfSigned(t, "shop", ["shop.example.com"]),
    selfSigned(t, "api", ["api.example.com"]),
    selfSigned(t, "vault", ["vault.example.com"]),
    selfSigned(t, "db", ["*.db.example.com"]),
    selfSigned(t, "alice", ["alice.example.org"]),
    selfSigned(t, "mallory", ["mallory.example.org"]),
  ]);
  return { shop, api, vault, db, alice, mallory };
}

async function secured(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  await once(socket, "secureConnect");
  return socket;
}

async function subjectFor(port: number, servername: string): Promise<string | undefined> {
  const socket = await secured(port, { servername });
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return `${subject.CN}`;
}

async function negotiated(port: number, options: ConnectionOptions): Promise<string> {
  const socket = await secured(port, options);
  const text = `${socket.getProtocol()} ${socket.alpnProtocol}`;
  socket.destroy();
  return text;
}

async function firstLine(port: number, options: ConnectionOptions): Promise<string> {
  const socket = await secured(port, options);
  const [data] = await once(socket, "data");
  socket.destroy();
  return `${data}`;
}
