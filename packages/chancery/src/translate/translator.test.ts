import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "@chancery/xds";
import type { Config } from "../model/kinds.ts";
import type { Model } from "../model/model.ts";
import { emptyModelState, toModel } from "../model/parse.ts";
import { Translator } from "./translator.ts";

const listener = (port: number) => ({ listeners: { http: { protocol: "HTTP", port } } }) as const;
const gateways = { public: listener(8080), inside: listener(8081) };

test("a fleet that names a gateway that does not exist keeps those that it had", () => {
  const { listenersOf } = start();
  assert.deepEqual(listenersOf({ fleets: { edge: { match: "*", gateways: "public" } }, gateways }), ["public:8080"]);
  const wrong = { edge: { match: "*", gateways: ["publik", "inside"] } };
  assert.deepEqual(listenersOf({ fleets: wrong, gateways }), ["inside:8081", "public:8080"]);
  assert.deepEqual(listenersOf({ fleets: wrong, gateways }), ["inside:8081", "public:8080"]);
  assert.deepEqual(listenersOf({ fleets: { edge: { match: "*", gateways: "inside" } }, gateways }), ["inside:8081"]);
});

test("a gateway that a fleet names twice is served once", () => {
  const { listenersOf } = start();
  const fleets = { edge: { match: "*", gateways: ["public", "public"] } };
  assert.deepEqual(listenersOf({ fleets, gateways }), ["public:8080"]);
});

test("a port that two gateways of a fleet want is the first one's in the model, whatever order the fleet has", () => {
  const { listenersOf } = start();
  const both = { public: listener(8080), also: listener(8080), inside: listener(8081) };
  const fleets = { edge: { match: "*", gateways: ["also", "inside", "public"] } };
  assert.deepEqual(listenersOf({ fleets, gateways: both }), ["inside:8081", "public:8080"]);
  const apart = { ...both, also: { address: "127.0.0.1", ...listener(8080) } };
  assert.deepEqual(listenersOf({ fleets, gateways: apart }), ["also:8080", "inside:8081", "public:8080"]);
});

test("plain datagrams and HTTP/3 on one port are not both served", () => {
  const udp = { protocol: "UDP", port: 81 } as const;
  const https = { protocol: "HTTPS", port: 81, http3: true, tls: { certificates: "w" } } as const;
  const { listenersOf } = start();
  const fleets = { edge: { match: "*" } };
  const routes = { dns: { parents: "g/udp", protocol: "udp", to: "s" } } as const;
  const services = { s: { endpoints: "10.0.0.1:53" } };
  const certificates = { w: { files: { cert: "c", key: "k" } } };
  const rest: Config = { fleets, routes, services, certificates };
  assert.deepEqual(listenersOf({ ...rest, gateways: { g: { listeners: { udp, https } } } }, ["w"]), [
    "g:81",
    "g:81/udp",
  ]);
  const alone = { ...rest, gateways: { g: { listeners: { https } } }, routes: {} };
  assert.deepEqual(listenersOf(alone, ["w"]), ["g:81", "g:81/quic"]);
});

test("a gateway that is gone is not kept", () => {
  const { listenersOf } = start();
  const fleets = { edge: { match: "*", gateways: ["public", "inside"] } };
  assert.deepEqual(listenersOf({ fleets, gateways }), ["inside:8081", "public:8080"]);
  assert.deepEqual(listenersOf({ fleets, gateways: { inside: gateways.inside } }), ["inside:8081"]);
});

test("a listener that lets nobody in since a certificate object is missing, wrong or never was good says so", () => {
  const tls = { certificates: "shop", clientCertificates: { ca: "clients" } };
  const listeners = { https: { protocol: "HTTPS", port: 8443, tls } } as const;
  const model = (certificates: NonNullable<Config["certificates"]>): Config => ({
    gateways: { public: { listeners } },
    certificates,
  });
  const shop = { files: { cert: "c", key: "k" } };
  const clients = { kind: "ca", files: { ca: "c" } } as const;
  const path = "listeners.https.tls";
  const noCa = `${path}.clientCertificates.ca: listener "public/https" is closed and lets nobody in: there is no CA "clients" that clients could be checked against; mend the certificate object that it names, or name another one`;
  const noCertificate = `${path}.certificates: listener "public/https" is closed and lets nobody in: none of its certificates can be shown; mend the certificate object that it names, or name another one`;
  const { problemsOf } = start();
  assert.deepEqual(problemsOf(model({ shop, clients }), ["shop", "clients"]), []);
  assert.deepEqual(problemsOf(model({ shop }), ["shop"]), [noCa]);
  assert.deepEqual(problemsOf(model({ shop, clients: shop }), ["shop", "clients"]), [noCa]);
  assert.deepEqual(problemsOf(model({ shop, clients }), ["shop"]), [noCa]);
  assert.deepEqual(problemsOf(model({ shop, clients }), ["clients"]), [noCertificate]);
});

test("services are given first to a fleet that has something already, where many of them are new", () => {
  const { earlyOf } = start();
  const withServices = (count: number): Config => {
    const names = Array.from({ length: count }, (_, index) => `s${index}`);
    const services = Object.fromEntries(names.map((name) => [name, { endpoints: "10.0.0.1:80" }]));
    return { fleets: { edge: { match: "*", services: names } }, services };
  };
  assert.deepEqual(earlyOf(withServices(100)), []);
  assert.deepEqual(earlyOf(withServices(120)), []);
  assert.deepEqual(earlyOf(withServices(200)), [{ clusters: 200, endpoints: 200 }]);
  assert.deepEqual(earlyOf(withServices(200)), []);
  assert.deepEqual(earlyOf(withServices(400)), [{ clusters: 400, endpoints: 400 }]);
  assert.deepEqual(earlyOf(withServices(10)), []);
});

function start() {
  const translator = new Translator();
  let state = emptyModelState;
  const modelOf = (content: Config): Model => {
    state = toModel([{ origin: "chancery.yaml", content, positions: () => () => undefined }], state);
    assert.deepEqual(state.model.problems, []);
    return state.model;
  };
  const listenersOf = (content: Config, good: readonly string[] = []) => {
    const { fleets } = translator.translate(modelOf(content), new Map(good.map((name) => [name, {}])));
    const drafts = fleets.get("edge")?.drafts ?? new Map<string, unknown>();
    return [...drafts.keys()].flatMap((key) => /^listeners\/(.*)$/.exec(key)?.[1] ?? []).sort();
  };
  const problemsOf = (content: Config, good: readonly string[]) => {
    const { problems } = translator.translate(modelOf(content), new Map(good.map((name) => [name, {}])));
    return problems.map(({ problem }) => formatProblem(problem));
  };
  const earlyOf = (content: Config) => {
    const model = modelOf(content);
    const early = [...translator.translateInSteps(model, new Map())];
    const [made, madeAtOnce] = [translator, new Translator()].map((each) => each.translate(model).fleets.get("edge"));
    assert.deepEqual(made?.snapshot.typeVersions(), madeAtOnce?.snapshot.typeVersions());
    return early.map((fleets) => fleets.get("edge")?.snapshot.counts());
  };
  return { listenersOf, problemsOf, earlyOf };
}
