import assert from "node:assert/strict";
import { once } from "node:events";
import { access, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { type TestContext, test } from "node:test";
import { connectAdmin } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { ask, startLoad } from "./harness/load.ts";
import { type Program, runProgram } from "./harness/program.ts";

test("demo: an edit of the file it names moves all traffic within a second, and no request fails", async (t) => {
  const { ports, program, proxy } = await startDemo(t);
  await program.says("Ctrl-C ends everything");
  assert.equal(await ask(proxy), "service1");
  const envoy = connectAdmin(`http://127.0.0.1:${ports.admin}`);
  const [cluster] = await envoy.dump("dynamic_active_clusters");
  const [listener] = await envoy.dump("dynamic_listeners");
  const [routes] = await envoy.dump("dynamic_route_configs");
  assert.equal(cluster?.cluster?.name, "hello");
  assert.equal(cluster?.version_info, await envoy.stat("cluster_manager.cds.version_text"));
  assert.equal(listener?.name, `public:${ports.proxy}`);
  assert.equal(listener?.active_state?.version_info, await envoy.stat("listener_manager.lds.version_text"));
  assert.equal(routes?.route_config?.name, "public/http");

  const load = startLoad(t, proxy);
  await load.next(({ result }) => result === "service1");
  const file = fileToEdit(program);
  const text = await readFile(file, "utf8");
  const editedAt = performance.now();
  await writeFile(file, text.replaceAll("service1", "service2"));
  const moved = await load.next(({ result }) => result === "service2");
  assert.ok(moved.answeredAt - editedAt < 1_000, `it took ${moved.answeredAt - editedAt} ms`);
  await load.next(({ sentAt }) => sentAt > editedAt + 1_500);
  assert.deepEqual(await load.stop(["service1", "service2"]), []);
  const late = load.outcomes.filter(({ sentAt, result }) => sentAt > editedAt + 1_000 && result !== "service2");
  assert.deepEqual(late, []);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`demo: ${signal} ends everything it started and leaves nothing behind`, async (t) => {
    const { ports, program } = await startDemo(t);
    await program.says("Ctrl-C ends everything");
    program.signal(signal);
    assert.equal(await program.ended, 0);
    for (const port of Object.values(ports)) assert.match(await ask(`http://127.0.0.1:${port}/`), /ECONNREFUSED/);
    // The copy of the example lies in a folder with what Envoy writes.
    await assert.rejects(access(dirname(dirname(fileToEdit(program)))), { code: "ENOENT" });
  });
}

test("demo: when Envoy ends by itself, so does the rest, and the end of Envoy's log says why", async (t) => {
  const { ports, program } = await startDemo(t);
  await program.says("Ctrl-C ends everything");
  await fetch(`http://127.0.0.1:${ports.admin}/quitquitquit`, { method: "POST" });
  assert.equal(await program.ended, 1);
  assert.match(program.output(), /Envoy ended by itself \(exit code 0\)\. The end of its log:\n(.*\n)*.*shutting down/);
  for (const port of Object.values(ports)) assert.match(await ask(`http://127.0.0.1:${port}/`), /ECONNREFUSED/);
});

test("demo: a port that is taken is named with the mend, and nothing is started", async (t) => {
  const port = await freePort();
  const holder = createServer().listen(port, "127.0.0.1");
  t.after(() => holder.close());
  await once(holder, "listening");
  const { program } = await startDemo(t, { proxy: port });
  assert.equal(await program.ended, 1);
  const mend = "is taken: end what listens there, or choose another with --proxy-port PORT";
  assert.ok(program.output().includes(`127.0.0.1:${port} (Envoy edge-1) ${mend}`), program.output());
});

test("demo: another example by its name, with other ports, and what to try there", async (t) => {
  const [door, v1, v2, admin, xds, http] = await Promise.all(Array.from({ length: 6 }, freePort));
  const program = runProgram(t, [
    ...["demo", "canary", "--port", `8080=${door}`, "--port", `9001=${v1}`, "--port", `9002=${v2}`],
    ...["--admin-port", `${admin}`, "--xds", `127.0.0.1:${xds}`, "--http", `127.0.0.1:${http}`],
  ]);
  await program.says("Ctrl-C ends everything");
  assert.ok(program.output().includes(`curl -s -H 'x-canary: always' localhost:${door}`), program.output());
  const response = await fetch(`http://127.0.0.1:${door}/`, { headers: { "x-canary": "always" } });
  assert.match(await response.text(), /^Hello from shop-v2/);
});

test("demo: an example that there is not is answered with those that there are", async (t) => {
  const program = runProgram(t, ["demo", "canery"]);
  assert.equal(await program.ended, 1);
  assert.match(program.output(), /Cannot find an example "canery"; did you mean "canary"\?\nThere are canary, /);
});

async function startDemo(t: TestContext, fixed: { readonly proxy?: number } = {}) {
  const [proxy, admin, xds, http] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const ports = { proxy, admin, xds, http, ...fixed };
  const program = runProgram(t, [
    "demo",
    ...["--proxy-port", `${ports.proxy}`],
    ...["--admin-port", `${ports.admin}`],
    ...["--xds", `127.0.0.1:${ports.xds}`],
    ...["--http", `127.0.0.1:${ports.http}`],
  ]);
  return { ports, program, proxy: `http://127.0.0.1:${ports.proxy}/` };
}

function fileToEdit(program: Program): string {
  const file = /^ {2}(\S+\.yaml)/m.exec(program.output())?.[1];
  assert.ok(file, "the demo names the file to edit");
  return file;
}
