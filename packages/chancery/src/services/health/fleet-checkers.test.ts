import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointStatus, HealthChecker, HealthCheckSpecifier } from "@chancery/xds/services";
import { HealthBoard } from "./board.ts";
import { FleetCheckers, type FleetCheckersOptions } from "./fleet-checkers.ts";
import type { Target } from "./target.ts";
import { ManualClock } from "./testdata/manual-clock.ts";
import { addresses, targetsOf } from "./testdata/targets.ts";
import { UnhealthyEndpoints } from "./unhealthy.ts";

const nowhere = { region: "", zone: "", subZone: "" };

test("each endpoint has three checkers, and each checker is told its own", async () => {
  const { advance, fleet, board, connect } = start(20);
  const checkers = ["a", "b", "c", "d", "e"].map((id) => connect(id));
  await advance(1_000);
  for (const entry of board.entries()) assert.equal(entry.checkers.length, 3);
  const counts = checkers.map(({ told }) => addressesIn(told()).length);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    60,
  );
  assert.deepEqual(
    fleet.checkers.map(({ endpoints }) => endpoints),
    counts,
  );
});

test("what a checker says from the start counts after a full round; what it says of one that passed counts at once", async () => {
  const { advance, board, connect } = start(2);
  const a = connect("a");
  await advance(1_000);
  a.say({ "10.0.0.1:80": "unhealthy", "10.0.0.2:80": "healthy" });
  const verdict = (n: number) => board.entry("shop", `10.0.0.${n}:80`)?.verdict;
  assert.deepEqual([verdict(1), verdict(2)], ["unknown", "healthy"]);
  a.say({ "10.0.0.1:80": "unhealthy", "10.0.0.2:80": "timeout" });
  assert.deepEqual([verdict(1), verdict(2)], ["unknown", "unhealthy"]);
  assert.equal(board.entry("shop", "10.0.0.2:80")?.votes.get("a")?.reason, "timeout");
  // Three intervals of five seconds, a timeout, and the second over which the first checks are spread.
  await advance(16_999);
  a.repeat();
  assert.equal(verdict(1), "unknown");
  await advance(1);
  a.repeat();
  assert.equal(verdict(1), "unhealthy");
});

test("when a checker goes another one takes its place, and what was found stays", async () => {
  const { advance, board, connect } = start(1);
  const checkers = ["a", "b", "c", "d"].map((id) => connect(id));
  await advance(1_000);
  const entry = board.entry("shop", "10.0.0.1:80");
  const chosen = checkers.filter(({ id }) => entry?.checkers.includes(id));
  const spare = checkers.find(({ id }) => !entry?.checkers.includes(id));
  for (const checker of chosen) checker.say({ "10.0.0.1:80": "healthy" });
  for (const checker of chosen) checker.say({ "10.0.0.1:80": "unhealthy" });
  assert.equal(entry?.verdict, "unhealthy");
  chosen[0]?.close();
  await advance(50);
  assert(spare && entry.checkers.includes(spare.id));
  assert.equal(addressesIn(spare.told()).length, 1);
  assert.deepEqual([entry.verdict, entry.votes.size, entry.checkers.length], ["unhealthy", 2, 3]);
});

test("a checker that falls silent does not count until it speaks again", async () => {
  const { advance, clock, board, fleet, connect } = start(1);
  const [a, b] = [connect("a"), connect("b")];
  await advance(1_000);
  await advance(5_001);
  b.say({ "10.0.0.1:80": "healthy" });
  fleet.tick(clock.now());
  await advance(50);
  assert.deepEqual(board.entry("shop", "10.0.0.1:80")?.checkers, ["b"]);
  a.say({ "10.0.0.1:80": "healthy" });
  await advance(50);
  assert.equal(board.entry("shop", "10.0.0.1:80")?.checkers.length, 2);
});

test("an Envoy that may not check is told nothing, and one that cannot is not either", async () => {
  const { advance, connect } = start(1);
  const other = connect("not-allowed");
  const tcpOnly = connect("tcp-only", ["TCP"]);
  await advance(1_000);
  assert.equal(other.told(), undefined);
  assert.equal(tcpOnly.told(), undefined);
});

test("an Envoy that has not got what it takes to check a service does not check it", async () => {
  const { advance, board, connect } = start(1, ({ node }) => node.id !== "elsewhere");
  connect("elsewhere");
  connect("edge");
  await advance(1_000);
  assert.deepEqual(board.entry("shop", "10.0.0.1:80")?.checkers, ["edge"]);
});

test("endpoints of one host that are asked at one port are asked once, and the answer is for both", async () => {
  const { advance, board, connect, setService } = start(0);
  setService("{ endpoints: [10.0.0.1:80, 10.0.0.1:81], health: { active: { by: fleet, http: /, port: 8081 } } }");
  const a = connect("a");
  await advance(1_000);
  assert.deepEqual(addressesIn(a.told()), ["10.0.0.1:8081"]);
  a.say({ "10.0.0.1:8081": "healthy" });
  assert.deepEqual(
    [...board.entries()].map(({ address, verdict }) => `${address} ${verdict}`),
    ["10.0.0.1:80 healthy", "10.0.0.1:81 healthy"],
  );
});

test("a service that was gone for a moment has checkers again, and is judged anew", async () => {
  const { advance, board, connect, setTargets } = start(0);
  const targets = targetsOf("{ endpoints: 10.0.0.1:80, health: { active: { by: fleet, http: / } } }");
  setTargets(targets);
  const a = connect("a");
  await advance(1_000);
  a.say({ "10.0.0.1:80": "healthy" });
  setTargets([]);
  setTargets(targets);
  await advance(50);
  const entry = board.entry("shop", "10.0.0.1:80");
  assert.deepEqual([entry?.verdict, entry?.checkers], ["unknown", ["a"]]);
  a.say({ "10.0.0.1:80": "healthy" });
  assert.equal(entry?.verdict, "healthy");
});

test("what a checker said before it was given an endpoint again is not what it finds now", async () => {
  const { advance, board, connect, setTargets } = start(0);
  const targets = targetsOf("{ endpoints: 10.0.0.1:80, health: { active: { by: fleet, http: / } } }");
  setTargets(targets);
  const a = connect("a");
  await advance(1_000);
  a.say({ "10.0.0.1:80": "healthy" });
  setTargets([]);
  await advance(50);
  setTargets(targets);
  await advance(50);
  a.repeat();
  a.say({ "10.0.0.1:80": "unhealthy" });
  assert.equal(board.entry("shop", "10.0.0.1:80")?.verdict, "unknown");
});

test("a checker whose work is gone is told so", async () => {
  const { advance, connect, setService } = start(1);
  const a = connect("a");
  await advance(1_000);
  setService("{ endpoints: [10.0.0.1:80] }");
  await advance(50);
  assert.deepEqual(a.told()?.clusterHealthChecks, []);
});

function start(count: number, canCheck?: FleetCheckersOptions["canCheck"]) {
  const clock = new ManualClock();
  const board = new HealthBoard({
    ...{ unhealthy: new UnhealthyEndpoints(), maxFailingShare: 1 },
    onVerdict() {},
    onFreeze() {},
  });
  const fleet = new FleetCheckers({
    ...{ board, clock, checkersPerEndpoint: 3, reportIntervalMs: 250 },
    mayCheck: ({ node }) => node.id !== "not-allowed",
    ...(canCheck && { canCheck }),
    onError: (error) => assert.fail(String(error)),
  });
  const setTargets = (targets: readonly Target[]) => {
    board.setTargets(targets, clock.now());
    fleet.setTargets(targets);
  };
  const setService = (text: string) => setTargets(targetsOf(text));
  if (count > 0) setService(`{ endpoints: ${addresses(count)}, health: { active: { by: fleet, http: / } } }`);
  let lastId = 0;
  const connect = (id: string, protocols: ("HTTP" | "TCP")[] = ["HTTP", "TCP"]) => {
    let told: HealthCheckSpecifier | undefined;
    const node = { id, cluster: "", locality: nowhere, userAgentName: "", clientFeatures: [], metadata: Buffer.of() };
    const handle: HealthChecker = {
      ...{ id: ++lastId, node, identity: undefined, method: "", openedAt: new Date(0), metadata: {} },
      peer: { address: "127.0.0.1", port: 1, secure: false },
      protocols: new Set(protocols),
      write() {},
      fail() {},
      assign(specifier) {
        told = specifier;
      },
    };
    fleet.open(handle);
    return {
      id,
      told: () => told,
      close: () => fleet.close(handle),
      repeat: () => fleet.report(undefined, handle),
      say(statuses: Readonly<Record<string, EndpointStatus>>) {
        const endpoints = Object.entries(statuses).map(([address, status]) => ({ address, status, locality: nowhere }));
        fleet.report([{ cluster: "shop", endpoints }], handle);
      },
    };
  };
  const advance = async (ms: number) => {
    await clock.advance(ms);
    await fleet.idle();
  };
  return { clock, advance, board, fleet, connect, setService, setTargets };
}

function addressesIn(specifier: HealthCheckSpecifier | undefined): string[] {
  return (specifier?.clusterHealthChecks ?? []).flatMap(({ localityEndpoints = [] }) =>
    localityEndpoints.flatMap(({ endpoints = [] }) =>
      endpoints.map(({ address }) => `${address?.socketAddress?.address}:${address?.socketAddress?.portValue}`),
    ),
  );
}
