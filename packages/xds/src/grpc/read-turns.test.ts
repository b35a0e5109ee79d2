import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadTurns } from "./read-turns.ts";
import { SpareTurns } from "./spare-turns.ts";
import { FakeLoop } from "./testdata/turns.ts";

/** Connections on which calls come when they are read: `calls` at a time, each of which takes so long. */
function start(count: number, { calls = 4, callMs = 0.1 } = {}) {
  const loop = new FakeLoop();
  const turns = new ReadTurns({ ...loop, spare: new SpareTurns(loop) });
  const connections = Array.from({ length: count }, () => {
    const connection = {
      isRead: true,
      hasUnread: false,
      taken: 0,
      waits: [] as number[],
      stopReading() {
        connection.isRead = false;
      },
      resumeReading() {
        connection.isRead = true;
      },
    };
    return { connection, turn: turns.join(connection) };
  });
  const read = () => {
    for (const { connection, turn } of connections) {
      if (!connection.isRead) continue;
      for (let call = 0; call < calls; call++) {
        connection.waits.push(turns.take(turn));
        connection.taken++;
        loop.nowMs += callMs;
      }
    }
    loop.turn();
  };
  return { loop, turns, connections, read, isRead: () => connections.map(({ connection }) => connection.isRead) };
}

test("calls that fit into a turn are taken as they come", () => {
  const { read, isRead, connections } = start(3, { calls: 1, callMs: 0.05 });
  for (let turn = 0; turn < 10; turn++) read();
  assert.deepEqual(isRead(), [true, true, true]);
  assert.deepEqual(connections.flatMap(({ connection }) => connection.waits).filter(Boolean), []);
});

test("when they take more, the connections that bring more rest, and then each has a turn with a spare one between", () => {
  const { read, isRead, connections, loop } = start(3);
  read();
  assert.deepEqual(isRead(), [false, false, false]);
  loop.turn();
  assert.deepEqual(isRead(), [true, false, false]);
  read();
  assert.deepEqual(isRead(), [false, false, false]);
  for (let turn = 0; turn < 100; turn++) read();
  const taken = connections.map(({ connection }) => connection.taken);
  assert(Math.max(...taken) - Math.min(...taken) <= 4, `they took turns: ${taken}`);
});

test("who brought calls lately is not read either when they have taken too long, though there is something to read", () => {
  const { read, connections, loop, turns } = start(4, { calls: 1, callMs: 0.05 });
  read();
  loop.nowMs += 50;
  const [first] = connections;
  for (let call = 0; call < 8; call++) {
    if (first !== undefined) turns.take(first.turn);
    loop.nowMs += 0.05;
  }
  assert(connections.every(({ connection }) => !connection.isRead));
  for (const { turn } of connections) turns.leave(turn);
});

test("who brought none for long is left as it is", () => {
  const { read, connections, loop, turns, isRead } = start(2, { calls: 1, callMs: 0.05 });
  read();
  loop.nowMs += 150;
  for (let call = 0; call < 8; call++) {
    for (const { turn } of connections.slice(0, 1)) turns.take(turn);
    loop.nowMs += 0.05;
  }
  assert.deepEqual(isRead(), [false, true]);
});

test("a call is told how long its connection rested", () => {
  const { read, connections, loop } = start(2);
  read();
  const [first, second] = connections.map(({ connection }) => connection);
  loop.nowMs += 5;
  loop.turn();
  assert.equal(first?.isRead, true);
  read();
  assert(Math.min(...(first?.waits.slice(4) ?? [])) >= 5, `${first?.waits}`);
  assert.deepEqual(second?.waits, [0, 0, 0, 0]);
});

test("many that bring little are read together", () => {
  const { read, connections, loop } = start(64, { calls: 1, callMs: 0.01 });
  let turns = 0;
  while (connections.some(({ connection }) => connection.taken < 20) && turns < 500) {
    read();
    loop.turn();
    turns++;
  }
  assert(turns < 200, `it took ${turns} turns to read 64 connections 20 times each`);
});

test("a connection that is gone is not read again", () => {
  const { read, turns, connections, loop } = start(2);
  read();
  const [first, second] = connections;
  if (first !== undefined) turns.leave(first.turn);
  loop.turn();
  assert.equal(first?.connection.isRead, false);
  assert.equal(second?.connection.isRead, true);
});

test("a connection that throws does not keep the others waiting", () => {
  const { read, connections, loop } = start(2);
  read();
  const [first, second] = connections.map(({ connection }) => connection);
  if (first !== undefined) {
    first.resumeReading = () => {
      throw new Error("broken");
    };
  }
  assert.throws(() => loop.turn(), { message: "broken" });
  for (let turn = 0; turn < 5 && second?.isRead === false; turn++) loop.turn();
  assert.equal(second?.isRead, true);
});
