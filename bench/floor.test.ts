import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { plainSockets } from "./contenders.ts";
import { startServer } from "./server.ts";

test("plain sockets get the body of each PUT as it is", { timeout: 20_000 }, async ({ signal }) => {
  await using server = await startServer(plainSockets(), signal);
  assert.ok(server.startMs > 0);
  const [host, port] = server.xds.split(":");
  const socket = connect({ host: host ?? "", port: Number(port) });
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  const arrived = async (bytes: number) => {
    while (Buffer.concat(received).length < bytes) await once(socket, "data", { signal });
  };
  await arrived(1);
  for (const body of ["first", "second"]) {
    const url = `http://${server.http}/api/v1/snapshots/raw`;
    await (await fetch(url, { method: "PUT", body })).text();
  }
  await arrived(1 + "firstsecond".length);
  assert.equal(Buffer.concat(received).toString(), "!firstsecond");
  socket.destroy();
});
