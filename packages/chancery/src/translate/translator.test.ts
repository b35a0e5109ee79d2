import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "@chancery/xds";
import type { Config } from "../model/kinds.ts";
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

function start() {
  const translator = new Translator();
  let state = emptyModelState;
  const listenersOf = (content: Config) => {
    state = toModel([{ origin: "chancery.yaml", content, positions: () => () => undefined }], state);
    assert.deepEqual(state.model.problems, []);
    const { fleets } = translator.translate(state.model);
    const drafts = fleets.get("edge")?.drafts ?? new Map<string, unknown>();
    return [...drafts.keys()].flatMap((key) => /^listeners\/(.*)$/.exec(key)?.[1] ?? []).sort();
  };
  const problemsOf = (content: Config, good: readonly string[]) => {
    state = toModel([{ origin: "chancery.yaml", content, positions: () => () => undefined }], state);
    assert.deepEqual(state.model.problems, []);
    const { problems } = translator.translate(state.model, new Map(good.map((name) => [name, {}])));
    return problems.map(({ problem }) => formatProblem(problem));
  };
  return { listenersOf, problemsOf };
}
