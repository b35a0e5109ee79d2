import assert from "node:assert/strict";
import { test } from "node:test";
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
  return { listenersOf };
}
