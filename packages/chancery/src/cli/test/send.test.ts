import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { readRequest } from "../../explain/request.ts";
import { send } from "./send.ts";

test("the headers of an answer may be called as what every object inherits", async (t) => {
  const head = "HTTP/1.1 200 OK\r\nconstructor: a\r\n__proto__: b\r\n__proto__: c\r\ncontent-length: 2\r\n\r\nok";
  const server = createServer((socket) => socket.once("data", () => socket.end(head)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const read = readRequest({ url: "http://shop.example.com" });
  assert(read.ok);
  // A server has an address once it listens.
  const { port } = server.address() as AddressInfo;
  const { status, body, headers } = await send(read.request, port, t.signal);
  assert.deepEqual([status, body], [200, "ok"]);
  assert.deepEqual(headers, JSON.parse('{ "constructor": "a", "__proto__": "b, c", "content-length": "2" }'));
});
