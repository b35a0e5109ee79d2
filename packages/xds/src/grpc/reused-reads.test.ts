import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { reuseReads } from "./reused-reads.ts";

/** A client, and the server's end of its connection as `reuseReads` returns it. */
async function pair(t: TestContext): Promise<{ client: Socket; accepted: Socket; socket: Socket }> {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const address = server.address();
  assert(address !== null && typeof address === "object");
  const client = connect(address.port, address.address);
  const [accepted]: Socket[] = await once(server, "connection");
  assert(accepted !== undefined);
  const socket = reuseReads(accepted);
  t.after(() => socket.destroy());
  t.after(() => client.destroy());
  return { client, accepted, socket };
}

test("this Node lets go of the handle of a socket that it accepted", async (t) => {
  const { accepted, socket } = await pair(t);
  assert.notEqual(socket, accepted);
  assert.equal(socket.remoteAddress, "127.0.0.1");
});

test("all that is read is in one buffer, which connections share", async (t) => {
  const [first, second] = [await pair(t), await pair(t)];
  const buffers = new Set<ArrayBufferLike>();
  for (const { client, socket } of [first, second]) {
    for (const word of ["one", "two"]) {
      client.write(word);
      const [chunk]: Buffer[] = await once(socket, "data");
      assert(chunk !== undefined);
      assert.equal(chunk.toString(), word);
      buffers.add(chunk.buffer);
    }
  }
  assert.equal(buffers.size, 1);
});

test("a socket that is paused is not read until it is resumed", async (t) => {
  const { client, socket } = await pair(t);
  let read = 0;
  socket.on("data", (chunk: Buffer) => {
    read += chunk.length;
    socket.pause();
  });
  const large = Buffer.alloc(4 * 1024 * 1024);
  client.write(large);
  await once(socket, "pause");
  const before = read;
  assert(before > 0 && before < large.length);
  const other = await pair(t);
  other.client.write("now");
  await once(other.socket, "data");
  assert.equal(read, before);
  socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
    read += chunk.length;
    if (read === large.length) socket.emit("all");
  });
  socket.resume();
  await once(socket, "all");
});

test("a socket that has more is read on when everyone else had a turn", async (t) => {
  const { client, socket } = await pair(t);
  const bytes = 4 * 1024 * 1024;
  let read = 0;
  let turn = 0;
  let lastTurn = -1;
  const shared: number[] = [];
  const all = Promise.withResolvers<void>();
  socket.on("data", ({ length }: Buffer) => {
    if (turn === lastTurn) shared.push(turn);
    lastTurn = turn;
    if (read === 0) setImmediate(count);
    read += length;
    if (read === bytes) all.resolve();
  });
  function count(): void {
    turn++;
    if (read < bytes) setImmediate(count);
  }
  client.write(Buffer.alloc(bytes));
  await all.promise;
  assert.deepEqual(shared, []);
});

test("either end may end, and the server closes when the last socket has", async (t) => {
  const { client, socket } = await pair(t);
  const said = text(client);
  socket.on("data", () => socket.end("bye"));
  client.write("hello");
  assert.equal(await said, "bye");
  await once(socket, "close");
});
