import assert from "node:assert/strict";
import { test } from "node:test";
import { startEcho } from "./echo.ts";

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
