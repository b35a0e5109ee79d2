import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { startEcho } from "./echo.ts";
import { startGrpcEcho } from "./grpc-echo.ts";
import { startTcpEcho } from "./tcp-echo.ts";

test("an echo says its name and what it was asked", async (t) => {
  const echo = await startEcho("service1", { host: "127.0.0.1", port: 0 });
  t.after(() => echo.close());
  const response = await fetch(`http://127.0.0.1:${echo.port}/hi?there`, { headers: { "x-mine": "1" } });
  const text = await response.text();
  assert.match(text, /^Hello from service1\n\nGET \/hi\?there HTTP\/1\.1\n/);
  assert.match(text, /^x-mine: 1$/m);
});

test("a closed echo is gone at once, also for connections that are kept", async () => {
  const echo = await startEcho("service1", { host: "127.0.0.1", port: 0 });
  await (await fetch(`http://127.0.0.1:${echo.port}/`)).text();
  await echo.close();
  await assert.rejects(fetch(`http://127.0.0.1:${echo.port}/`));
});

test("a gRPC echo answers any call with its messages and its name, and health checks", async (t) => {
  const echo = await startGrpcEcho("carts", { host: "127.0.0.1", port: 0 });
  t.after(() => echo.close());
  const session = connectHttp2(`http://127.0.0.1:${echo.port}`);
  t.after(() => session.destroy());
  const call = async (path: string) => {
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
    const [headers, trailers] = [once(stream, "response"), once(stream, "trailers")];
    stream.end(Buffer.from([0, 0, 0, 0, 1, 7]));
    const body = await buffer(stream);
    return [(await headers)[0]["answered-by"], [...body], (await trailers)[0]["grpc-status"]];
  };
  assert.deepEqual(await call("/shop.Cart/Add"), ["carts", [0, 0, 0, 0, 1, 7], "0"]);
  assert.deepEqual(await call("/grpc.health.v1.Health/Check"), ["carts", [0, 0, 0, 0, 2, 8, 1], "0"]);
});

test("a TCP echo says its name and what it was told, and hangs up", async (t) => {
  const echo = await startTcpEcho("database", { host: "127.0.0.1", port: 0 });
  t.after(() => echo.close());
  const socket = connect(echo.port, "127.0.0.1");
  socket.write("select 1");
  assert.equal(`${await buffer(socket)}`, "Hello from database, you said: select 1");
});
