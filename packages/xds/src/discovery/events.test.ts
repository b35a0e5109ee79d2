import assert from "node:assert/strict";
import { test } from "node:test";
import { resourceTypes } from "../resource/type.ts";
import type { Client, DiscoveryEvent } from "./client.ts";
import { Broadcast, type EventStream } from "./events.ts";

test("every reader sees every event since it came, in order", async () => {
  const broadcast = new Broadcast();
  broadcast.send(event("0"));
  const first = broadcast.subscribe();
  broadcast.send(event("1"));
  const second = broadcast.subscribe();
  broadcast.send(event("2"));
  broadcast.close();
  assert.deepEqual(await versions(first), ["1", "2"]);
  assert.deepEqual(await versions(second), ["2"]);
});

test("a reader that waits is woken by the next event", async () => {
  const broadcast = new Broadcast();
  const stream = broadcast.subscribe();
  const [first, second] = [stream.next(), stream.next()];
  broadcast.send(event("1"));
  broadcast.send(event("2"));
  assert.deepEqual([versionOf((await first).value), versionOf((await second).value)], ["1", "2"]);
});

test("of more than may wait for a reader the oldest are dropped and counted, for that reader alone", async () => {
  const broadcast = new Broadcast();
  const slow = broadcast.subscribe({ maxQueued: 2 });
  const patient = broadcast.subscribe({ maxQueued: 10 });
  for (const version of ["1", "2", "3", "4"]) broadcast.send(event(version));
  broadcast.close();
  assert.equal(slow.dropped, 2);
  assert.deepEqual(await versions(slow), ["3", "4"]);
  assert.equal(patient.dropped, 0);
  assert.deepEqual(await versions(patient), ["1", "2", "3", "4"]);
});

test("an aborted signal ends the stream at once, also for a reader that waits", async () => {
  const broadcast = new Broadcast();
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = broadcast.subscribe({ signal }).next();
  const unread = broadcast.subscribe({ signal });
  broadcast.send(event("1"));
  const alsoWaiting = broadcast.subscribe({ signal }).next();
  controller.abort();
  assert.equal(versionOf((await waiting).value), "1");
  assert.equal((await alsoWaiting).done, true);
  assert.deepEqual(await versions(unread), []);
  assert.deepEqual(await versions(broadcast.subscribe({ signal })), []);
});

test("a reader that leaves its loop is told of nothing any more", async () => {
  const broadcast = new Broadcast();
  const stream = broadcast.subscribe();
  broadcast.send(event("1"));
  for await (const _ of stream) break;
  broadcast.send(event("2"));
  assert.deepEqual(await versions(stream), []);
});

test("a limit below 1 is refused", () => {
  assert.throws(() => new Broadcast().subscribe({ maxQueued: 0 }), RangeError);
});

const [type] = resourceTypes;

function event(version: string): DiscoveryEvent {
  assert(type);
  // No reader here looks at the client.
  return { kind: "ack", client: {} as Client, type, version, nonce: version };
}

function versionOf(event: DiscoveryEvent | undefined): string | undefined {
  return event?.kind === "ack" ? event.version : undefined;
}

async function versions(stream: EventStream): Promise<(string | undefined)[]> {
  return (await Array.fromAsync(stream)).map(versionOf);
}
