import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";

const anyPorts = ["--xds", "127.0.0.1:0", "--http", "127.0.0.1:0"];

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} ends a server with exit code 0`, async (t) => {
    const child = chancery(t, ["serve", ...anyPorts, "--drain-time", "0"]);
    await ready(child);
    child.kill(signal);
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });
}

test("a second signal ends a server at once, although a client is still there", async (t) => {
  const child = chancery(t, ["serve", ...anyPorts, "--drain-time", "60"]);
  const { xds } = await ready(child);
  const session = connect(`http://${xds}`).on("error", () => {});
  t.after(() => session.destroy());
  const path = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => {});
  await once(session, "remoteSettings");
  child.kill("SIGTERM");
  await once(session, "goaway");
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [143, null]);
});

test("the exit code of wrong arguments is 2, and stdout stays empty", async (t) => {
  const child = chancery(t, ["sevre"]);
  const [[code], stdout, stderr] = await Promise.all([once(child, "exit"), output(child.stdout), output(child.stderr)]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /did you mean "serve"\?/);
});

function chancery(t: TestContext, args: readonly string[]): ChildProcess {
  const main = join(import.meta.dirname, "main.ts");
  const child = spawn(process.execPath, ["--conditions=chancery-source", main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

async function ready(child: ChildProcess): Promise<{ readonly xds: string }> {
  assert(child.stdout);
  for await (const line of createInterface(child.stdout)) {
    const entry = JSON.parse(line);
    if (!entry.msg.startsWith("Ready")) continue;
    child.stdout.resume();
    return entry;
  }
  throw new Error("The server ended before it was ready");
}

function output(stream: ChildProcess["stdout"]): Promise<string> {
  assert(stream);
  return text(stream);
}
