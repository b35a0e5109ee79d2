import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Transport } from "../packages/chancery/src/bootstrap/bootstrap.ts";
import { selfSigned } from "./harness/certificate.ts";
import { startControlPlane } from "./harness/control-plane.ts";
import { type Envoy, startEnvoy } from "./harness/envoy.ts";
import { freePort } from "./harness/free-port.ts";
import { type Load, startLoad } from "./harness/load.ts";
import { type Certificate, edsCluster, endpoints, listener, routes, secret } from "./harness/resources.ts";
import { grpcTransports } from "./harness/transports.ts";
import { startUpstream } from "./harness/upstream.ts";

for (const transport of grpcTransports) {
  test(`${transport}: EDS moves traffic between endpoints, and nothing else changes`, async (t) => {
    const { envoy, load, put } = await start(t, transport);
    await load.next(({ result }) => result === "service1");
    const kinds = ["dynamic_active_clusters", "dynamic_listeners", "dynamic_route_configs"];
    const before = await versions(envoy, kinds);
    await put({ blue: "service2" });
    await load.next(({ result }) => result === "service2");
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
    assert.deepEqual(await versions(envoy, kinds), before);
  });

  test(`${transport}: RDS moves traffic between clusters`, async (t) => {
    const { envoy, load, put } = await start(t, transport, { green: "service2" });
    await load.next(({ result }) => result === "service1");
    const before = await versions(envoy, ["dynamic_active_clusters", "dynamic_listeners"]);
    await put({ route: "green", green: "service2" });
    await load.next(({ result }) => result === "service2");
    assert.deepEqual(await load.stop(["service1", "service2"]), []);
    assert.deepEqual(await versions(envoy, ["dynamic_active_clusters", "dynamic_listeners"]), before);
  });

  test(`${transport}: SDS rotates a certificate under traffic`, async (t) => {
    const { envoy, load, put } = await start(t, transport);
    await load.next(({ certificate }) => certificate === "first");
    const before = await envoy.stat("listener_manager.listener_modified");
    await put({ certificate: "second" });
    await load.next(({ certificate }) => certificate === "second");
    assert.deepEqual(await load.stop(["service1"]), []);
    assert.equal(await envoy.stat("listener_manager.listener_modified"), before);
  });
}

/** What differs from one snapshot to the next. */
interface Setup {
  readonly route: "blue" | "green";
  readonly blue: "service1" | "service2";
  readonly green: "service1" | "service2" | undefined;
  readonly certificate: "first" | "second";
}

const initial: Setup = { route: "blue", blue: "service1", green: undefined, certificate: "first" };

// A TLS listener whose certificate, route and endpoints each come through their own service, under load.
async function start(t: TestContext, transport: Transport, change: Partial<Setup> = {}) {
  const [service1, service2] = await Promise.all([startUpstream(t, "service1"), startUpstream(t, "service2")]);
  const [first, second] = await Promise.all([selfSigned(t, "first"), selfSigned(t, "second")]);
  const ports = { service1: service1.port, service2: service2.port };
  const certificates: Readonly<Record<string, Certificate>> = { first, second };
  const controlPlane = await startControlPlane(t);
  const port = await freePort();
  const put = (change: Partial<Setup>) => {
    const setup = { ...initial, ...change };
    const clusters = (["blue", "green"] as const).flatMap((name) => {
      const service = setup[name];
      return service === undefined ? [] : [{ name, port: ports[service] }];
    });
    return controlPlane.put({
      resources: {
        listeners: [listener({ name: "listener_0", port, route: "local_route", transport, secret: "server" })],
        routes: [routes("local_route", setup.route)],
        clusters: clusters.map(({ name }) => edsCluster(name, transport)),
        endpoints: clusters.map(({ name, port }) => endpoints(name, port)),
        secrets: [secret("server", certificates[setup.certificate] ?? first)],
      },
    });
  };
  await put(change);
  const envoy = await startEnvoy(t, { transport, xdsPort: controlPlane.xdsPort });
  await envoy.ready();
  const load: Load = startLoad(t, `https://127.0.0.1:${port}/`);
  return { envoy, load, put };
}

async function versions(envoy: Envoy, kinds: readonly string[]): Promise<readonly unknown[]> {
  const entries = await Promise.all(kinds.map((kind) => envoy.dump(kind)));
  return entries.flat().map((entry) => entry.version_info ?? entry.active_state?.version_info);
}
