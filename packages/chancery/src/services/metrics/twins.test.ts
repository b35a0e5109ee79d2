import assert from "node:assert/strict";
import { test } from "node:test";
import { FleetNode } from "./fleet-node.ts";
import { Twins } from "./twins.ts";

test("two that send in turns under one name are told of once, and anew when one has gone and another comes", () => {
  const { told, twins, send } = start();
  send("aba");
  assert.deepEqual([told, twins.count], [[], 0]);
  send("babab");
  assert.deepEqual([told, twins.count], [["b a"], 1]);
  twins.end(node);
  assert.equal(twins.count, 0);
  send("bbbbb");
  assert.deepEqual(told.splice(0), ["b a"]);
  send("cbcbc");
  assert.deepEqual(told, ["c b"]);
});

test("one that sends by several streams of its connection is one", () => {
  const { told, twins } = start();
  for (let stream = 1; stream <= 10; stream++) {
    twins.note(node, { peer: { address: "a", port: 1, secure: false } });
  }
  assert.deepEqual(told, []);
});

test("one that comes back by another connection is one", () => {
  const { told, send } = start();
  send("aaaabbbbccccdd");
  assert.deepEqual(told, []);
});

const node = new FleetNode({
  ...{ id: "edge-1", cluster: "edge", locality: { region: "", zone: "", subZone: "" } },
  ...{ userAgentName: "", clientFeatures: [], metadata: new Uint8Array() },
});

function start() {
  const told: string[] = [];
  const twins = new Twins((_, senders) => told.push(senders.map(({ peer }) => peer.address).join(" ")));
  return {
    ...{ told, twins },
    /** Each letter is a message from that address. */
    send(letters: string) {
      for (const letter of letters) {
        twins.note(node, { peer: { address: letter, port: 1, secure: false } });
      }
    },
  };
}
