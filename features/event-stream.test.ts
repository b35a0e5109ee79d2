import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { test } from "node:test";
import { parseAddress } from "../packages/chancery/src/address.ts";
import { eventMessage } from "../packages/chancery/src/admin/event.ts";
import { commands } from "../packages/chancery/src/cli/commands.ts";
import { runProgram } from "../packages/chancery/src/cli/program.ts";
import { ask, run, startChancery } from "./harness/chancery.ts";
import { adsMethods, cds, snapshotOf } from "./harness/server.ts";

test("events: the command writes what happens to clients, as text", async (t) => {
  const { snapshots, open, address } = await startChancery(t);
  const events = run(t, "events", "--http", address);
  await events.says(/Following/);
  snapshots.set("edge-1", snapshotOf([cds, "a=1"]));
  const stream = open();
  const { version, nonce } = await ask(stream, { node: "edge-1", type: cds });
  stream.send({ type: cds, nonce, nack: "no room" });
  await events.says(/nack/);
  stream.close();
  await events.says(/close/);
  const lines = events.output().split("\n");
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
  assert.match(lines[0] ?? "", new RegExp(`^${time}  open   edge-1  ${adsMethods.sotw}$`));
  assert.match(lines[1] ?? "", new RegExp(`^${time}  sent   edge-1  clusters version "${version}", \\d+ bytes$`));
  assert.match(lines[2] ?? "", new RegExp(`^${time}  nack   edge-1  clusters version "${version}": no room$`));
  assert.match(lines[3] ?? "", new RegExp(`^${time}  close  edge-1  ${adsMethods.sotw}$`));
  events.end();
  assert.equal(await events.code, 0);
});

test("events: they can be chosen by node and kind, and written as JSON", async (t) => {
  const { snapshots, open, address } = await startChancery(t);
  const events = run(t, "events", "--http", address, "--node", "edge-*", "--kind", "open,ack", "--format", "json");
  await events.says(/Following/);
  for (const node of ["other", "edge-1"]) {
    snapshots.set(node, snapshotOf([cds, "a=1"]));
    const stream = open();
    const { nonce } = await ask(stream, { node, type: cds });
    stream.send({ type: cds, nonce });
  }
  await events.says(/"ack"/);
  const lines = events.output().trimEnd().split("\n");
  const messages = lines.map((line) => eventMessage.parse(JSON.parse(line)));
  assert.deepEqual(
    messages.map(({ kind, client, type }) => [kind, client.node.id, type]),
    [
      ["open", "edge-1", undefined],
      ["ack", "edge-1", "clusters"],
    ],
  );
});

test("events: a kind that there is not is refused with those there are", async (t) => {
  const { address } = await startChancery(t);
  const events = run(t, "events", "--http", address, "--kind", "nak");
  assert.equal(await events.code, 1);
  assert.match(events.errors(), /There are no events of kind "nak"; there are open, close, sent, ack, nack, stale/);
});

test("events: a control plane that goes away is waited for, and followed again", async (t) => {
  const first = await startChancery(t);
  const events = run(t, "events", "--http", first.address);
  await events.says(/Following/);
  await first.close();
  await events.says(/is gone/);
  const http = parseAddress(first.address, { defaultHost: "127.0.0.1" });
  const second = await startChancery(t, http);
  await events.says(/is gone[\s\S]*Following/);
  const stream = second.open();
  stream.send({ node: "edge-1", type: cds });
  await events.says(/open +edge-1/);
});

test("events: the command ends when nobody reads what it writes", async (t) => {
  const { address, open } = await startChancery(t);
  const stderr = new PassThrough();
  const closed = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  const stdout = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => done(closed) });
  stdout.on("error", () => {});
  const { signal } = new AbortController();
  const code = runProgram(commands, ["events", "--http", address], { stdout, stderr, env: {}, cwd: ".", signal });
  await once(stderr, "data");
  open().send({ node: "edge-1", type: cds });
  assert.equal(await code, 0);
});

test("events: they are server-sent events, and end when the client goes away", async (t) => {
  const { url, open } = await startChancery(t);
  const controller = new AbortController();
  const response = await fetch(`${url}/api/v1/events`, { signal: controller.signal });
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  open().send({ node: "edge-1", type: cds });
  const decoder = new TextDecoder();
  let text = "";
  assert(response.body);
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("event: open")) break;
  }
  assert.match(text, /^: .*\n\nevent: open\ndata: \{.*"edge-1".*\}\n\n$/);
});
