import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerEffect } from "./listener-effect.ts";

const listener = {
  name: "edge",
  address: { socket_address: { address: "0.0.0.0", port_value: 80 } },
  listener_filters: [{ name: "tls" }, { name: "http" }],
  filter_chains: [
    { name: "a", filters: [{ name: "tcp" }] },
    { name: "b", filters: [] },
  ],
};
const [chainA, chainB] = listener.filter_chains;

test("only the connections of filter chains that change or go drain", () => {
  const after = { ...listener, filter_chains: [chainA, { ...chainB, filters: [{ name: "tcp" }] }] };
  assert.deepEqual(listenerEffect(listener, after), { kind: "chains", chains: ["b"] });
  assert.deepEqual(listenerEffect(listener, { ...listener, filter_chains: [chainB] }), {
    kind: "chains",
    chains: ["a"],
  });
});

test("a default filter chain that changes drains its connections", () => {
  const before = { ...listener, default_filter_chain: { filters: [{ name: "x" }] } };
  assert.deepEqual(listenerEffect(before, listener), { kind: "chains", chains: ["without a name"] });
});

test("a new filter chain, and another order of them, drains nobody", () => {
  const more = { ...listener, filter_chains: [chainB, { name: "c" }, chainA] };
  assert.deepEqual(listenerEffect(listener, more), { kind: "none" });
  assert.deepEqual(listenerEffect(listener, { ...listener, filter_chain_matcher: {} }), { kind: "none" });
});

test("any other field drains everybody", () => {
  const address = { socket_address: { address: "127.0.0.1", port_value: 80 } };
  assert.deepEqual(listenerEffect(listener, { ...listener, address }), { kind: "all", why: "address changes" });
  const { listener_filters: _, ...without } = listener;
  const both = { ...without, traffic_direction: "INBOUND" };
  assert.deepEqual(listenerEffect(listener, both), {
    kind: "all",
    why: "listener_filters, traffic_direction change",
  });
});

test("Envoy does not look at the order of a list among the other fields", () => {
  const turned = { ...listener, listener_filters: listener.listener_filters.toReversed() };
  assert.deepEqual(listenerEffect(listener, turned), { kind: "none" });
});

test("a listener that ends up without filter chains, or gets them by FCDS, is replaced", () => {
  const none = listenerEffect(listener, { ...listener, filter_chains: [] });
  assert.deepEqual(none, { kind: "all", why: "it has no filter chains" });
  const before = { ...listener, fcds_config: {} };
  const after = { ...before, filter_chains: [chainA] };
  assert.deepEqual(listenerEffect(before, after), { kind: "all", why: "its filter chains come by FCDS" });
});

test("where a secret changes nobody can tell, so everybody may drain", () => {
  assert.deepEqual(listenerEffect(listener, listener), { kind: "all", why: "a secret in it changes" });
});
