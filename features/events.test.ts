import assert from "node:assert/strict";
import { test } from "node:test";
import type { DiscoveryEvent } from "@chancery/xds";
import { cds, snapshotOf, startServer } from "./harness/server.ts";

test("events: a reader sees a client come, be sent and take its configuration, refuse it, and go", async () => {
  await using chancery = await startServer();
  const { server, snapshots } = chancery;
  const events = server.events();
  snapshots.set("n", snapshotOf([cds, "a=1"]));
  const stream = chancery.open();
  stream.send({ node: "n", type: cds });
  const first = await stream.next();
  stream.send({ type: cds, nonce: first.nonce });
  assert.deepEqual(await take(events, 3), ["open n", "sent clusters", "ack clusters"]);

  snapshots.set("n", snapshotOf([cds, "a=2"]));
  const second = await stream.next();
  stream.send({ type: cds, nonce: second.nonce, nack: "no" });
  assert.deepEqual(await take(events, 2), ["sent clusters", "nack clusters no"]);
  stream.close();
  assert.deepEqual(await take(events, 1), ["close n"]);
});

test("events: the stream ends with the server", async () => {
  await using chancery = await startServer();
  const ended = Array.fromAsync(chancery.server.events());
  await chancery.server.close();
  assert.deepEqual(await ended, []);
});

async function take(events: AsyncIterator<DiscoveryEvent>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { value } = await events.next();
    taken.push(describe(value));
  }
  return taken;
}

function describe(event: DiscoveryEvent): string {
  if (event.kind === "open" || event.kind === "close") return `${event.kind} ${event.client.node.id}`;
  const words = [event.kind, event.type.key];
  return event.kind === "nack" ? [...words, event.error.message].join(" ") : words.join(" ");
}
