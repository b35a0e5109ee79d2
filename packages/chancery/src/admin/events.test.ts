import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { Client, EventsOptions } from "@chancery/xds";
import { createAdmin, listenAdmin } from "./app.ts";
import { emptyContext } from "./testdata/context.ts";

const url = "/api/v1/events";

test("an event is its kind, and JSON", async (t) => {
  const { app, server, subscribed } = await admin(t);
  const answer = app.inject(url).then((it) => it);
  await subscribed;
  server.discovery.tell({ kind: "open", client });
  server.discovery.events.close();
  const { headers, body } = await answer;
  assert.match(String(headers["content-type"]), /^text\/event-stream/);
  const [, data = ""] = /^: .*\n\nevent: open\ndata: (.*)\n\n$/.exec(body) ?? [];
  const { at, ...rest } = JSON.parse(data);
  assert.match(at, /^\d{4}-/);
  const { method, variant } = client;
  assert.deepEqual(rest, { kind: "open", client: { id: 1, node: { id: "edge-1", cluster: "edge" }, method, variant } });
});

test("who reads too slowly is told how many events are missing", async (t) => {
  const { app, server, subscribed } = await admin(t, { maxQueued: 1 });
  const answer = app.inject(url).then((it) => it);
  await subscribed;
  for (let count = 0; count < 4; count++) server.discovery.tell({ kind: "open", client });
  server.discovery.events.close();
  assert.match((await answer).body, /event: dropped\ndata: \{"kind":"dropped","count":[1-3]\}\n\nevent: open/);
});

test("a comment tells that the connection lives when nothing happens", async (t) => {
  const { app } = await admin(t, { heartbeatMs: 1 });
  const { port } = await listenAdmin(app, { host: "127.0.0.1", port: 0 });
  const { body } = await fetch(`http://127.0.0.1:${port}${url}`);
  assert(body);
  const lines: string[] = [];
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    lines.push(chunk);
    if (lines.join("").endsWith("\n\n:\n\n")) break;
  }
  assert.match(lines.join(""), /^: .*\n\n(:\n\n)+$/);
});

test("a kind that there is not is refused", async (t) => {
  const { app } = await admin(t);
  const answer = await app.inject(`${url}?kind=open,shut`);
  assert.deepEqual([answer.statusCode, /"shut"/.test(answer.json().detail)], [400, true]);
});

test("the events end when the client goes away", async (t) => {
  const { app, subscribed } = await admin(t);
  const { port } = await listenAdmin(app, { host: "127.0.0.1", port: 0 });
  const controller = new AbortController();
  await fetch(`http://127.0.0.1:${port}${url}`, { signal: controller.signal });
  const { signal } = await subscribed;
  assert(signal);
  controller.abort();
  if (!signal.aborted) await once(signal, "abort");
});

// As much of a client as events show of it.
const client = {
  id: 1,
  node: { id: "edge-1", cluster: "edge" },
  method: "/Stream",
  variant: "sotw",
} as Client;

async function admin(t: TestContext, options: { readonly maxQueued?: number; readonly heartbeatMs?: number } = {}) {
  const { maxQueued, heartbeatMs = 60_000 } = options;
  const empty = emptyContext();
  const { xds: server } = empty;
  const { promise: subscribed, resolve } = Promise.withResolvers<EventsOptions>();
  const events = (options: EventsOptions = {}) => {
    resolve(options);
    return server.events({ ...options, maxQueued });
  };
  const xds = {
    discovery: server.discovery,
    rest: server.rest.bind(server),
    clientStatus: server.clientStatus.bind(server),
    events,
  };
  const app = await createAdmin({ ...empty, xds }, { heartbeatMs });
  t.after(() => app.close());
  return { app, server, subscribed };
}
