import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeJson } from "@chancery/envoy-api";
import { emptyModelState, toModel } from "../model/parse.ts";
import { fleetOf, type Identity } from "./fleet-of.ts";

const edge: Identity = {
  node: {
    id: "edge-1",
    cluster: "edge",
    locality: { region: "eu", zone: "eu-1", subZone: "" },
    userAgentName: "envoy",
    clientFeatures: [],
    metadata: encode({ team: "a", labels: { stage: "beta", "example.com/tier": 2 } }),
  },
  peer: {
    address: "10.0.0.9",
    port: 40000,
    secure: true,
    certificate: () => ({
      subject: {},
      subjectaltname: 'DNS:edge.example.org, URI:spiffe://example.org/edge, DNS:"a, b"',
      fingerprint256: "",
    }),
  },
};

const cases: readonly (readonly [match: unknown, fits: boolean])[] = [
  ["*", true],
  ["edge-*", true],
  ["core-*", false],
  [{ cluster: "edge" }, true],
  [{ cluster: "edge", id: "core-*" }, false],
  [[{ id: "core-*" }, { cluster: "e*" }], true],
  [{ locality: { region: "eu" } }, true],
  [{ locality: { region: "eu", zone: "eu-2" } }, false],
  [{ metadata: { team: "a" } }, true],
  [{ metadata: { team: "b" } }, false],
  [{ metadata: JSON.parse('{ "__proto__": "b" }') }, false],
  [{ metadata: { constructor: "b" } }, false],
  [{ metadata: { "labels.stage": "be*", "labels.example.com/tier": 2 } }, true],
  [{ metadata: { "labels.nothing": "x" } }, false],
  [{ san: "spiffe://example.org/*" }, true],
  [{ san: "edge.example.org" }, true],
  [{ san: "a, b" }, true],
  [{ san: "spiffe://other/*" }, false],
];

for (const [match, fits] of cases) {
  test(`a fleet for ${JSON.stringify(match)} ${fits ? "takes" : "does not take"} the client`, () => {
    assert.equal(fleetOf(fleets({ one: { match } }), edge)?.name, fits ? "one" : undefined);
  });
}

test("a client without a certificate has no names", () => {
  const { certificate: _, ...peer } = edge.peer;
  assert.equal(fleetOf(fleets({ one: { match: { san: "*" } } }), { ...edge, peer }), undefined);
});

test("of several fleets the one of the highest priority takes the client, then the first by name", () => {
  const some = { match: "*" };
  assert.equal(fleetOf(fleets({ b: some, a: some }), edge)?.name, "a");
  assert.equal(fleetOf(fleets({ b: { ...some, priority: 1 }, a: some }), edge)?.name, "b");
});

function fleets(content: object) {
  const document = { origin: "test", content: { fleets: content }, positions: () => () => undefined };
  const { model } = toModel([document], emptyModelState);
  assert.deepEqual(model.problems, []);
  return model.fleets;
}

function encode(json: object): Uint8Array {
  const encoded = encodeJson("google.protobuf.Struct", json);
  assert(encoded.ok);
  return encoded.bytes;
}
