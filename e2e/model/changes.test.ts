import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../packages/chancery/src/model/kinds.ts";
import { selfSigned } from "../harness/certificate.ts";
import { freePort } from "../harness/free-port.ts";
import { startLoad } from "../harness/load.ts";
import { startModel } from "../harness/model.ts";
import { startUpstream } from "../harness/upstream.ts";

test("endpoints, rules, services and certificates change under load without an error, and no listener does", async (t) => {
  const [blue, green] = await Promise.all([startUpstream(t, "blue"), startUpstream(t, "green")]);
  const [first, second] = await Promise.all([selfSigned(t, "first"), selfSigned(t, "second")]);
  const port = await freePort();
  const gateways: Config["gateways"] = {
    public: {
      address: "127.0.0.1",
      listeners: { https: { protocol: "HTTPS", port, tls: { certificates: "shop" } } },
    },
  };
  const address = ({ port }: { readonly port: number }) => `127.0.0.1:${port}`;
  const certificate = ({ certificate: cert, key }: typeof first) => ({ shop: { inline: { cert, key } } });
  const initial = {
    gateways,
    certificates: certificate(first),
    services: { shop: { endpoints: address(blue) } },
    routes: { shop: { parents: "public", to: "shop" } },
  };
  const { envoy, write } = await startModel(t, initial);
  const stats = ["listener_modified", "listener_added", "listener_in_place_updated", "listener_removed"];
  const listeners = () => Promise.all(stats.map((name) => envoy.stat(`listener_manager.${name}`)));
  const before = await listeners();
  assert.deepEqual(before, ["0", "1", "0", "0"]);
  const load = startLoad(t, `https://127.0.0.1:${port}/`);
  await load.next(({ result, certificate }) => result === "blue" && certificate === "first");

  await write({ ...initial, services: { shop: { endpoints: address(green) } } });
  await load.next(({ result }) => result === "green");

  await write({
    ...initial,
    services: { ...initial.services, other: { endpoints: address(green) } },
    routes: { shop: { parents: "public", rules: { all: { match: { path: "/*" }, to: "shop" } } } },
  });
  await load.next(({ result }) => result === "blue");

  const services = { other: { endpoints: address(green) } };
  const routes = { shop: { parents: "public", to: "other" } };
  await write({ ...initial, services, routes });
  await load.next(({ result }) => result === "green");

  await write({ ...initial, services, routes, certificates: certificate(second) });
  await load.next(({ certificate }) => certificate === "second");

  assert.deepEqual(await load.stop(["blue", "green"]), []);
  assert.deepEqual(await listeners(), before);
});

test("many services come with the routes to them, and one goes that was used, without an error", async (t) => {
  const [blue, green] = await Promise.all([startUpstream(t, "blue"), startUpstream(t, "green")]);
  const port = await freePort();
  const gateways: Config["gateways"] = {
    public: { address: "127.0.0.1", listeners: { http: { protocol: "HTTP", port } } },
  };
  const model = (names: readonly string[], upstream: { readonly port: number }): Config => ({
    gateways,
    services: Object.fromEntries(names.map((name) => [name, { endpoints: `127.0.0.1:${upstream.port}` }])),
    routes: Object.fromEntries(
      names.map((name, index) => [name, { parents: "public", to: name, ...(index > 0 && { hosts: `${name}.test` }) }]),
    ),
  });
  const { envoy, write } = await startModel(t, model(["old"], blue));
  const load = startLoad(t, `http://127.0.0.1:${port}/`);
  await load.next(({ result }) => result === "blue");
  const many = Array.from({ length: 200 }, (_, index) => `new-${index}`);
  await write(model(many, green));
  await load.next(({ result }) => result === "green");
  assert.deepEqual(await load.stop(["blue", "green"]), []);
  assert.equal(await envoy.stat("cluster_manager.cluster_added"), `${1 + 1 + many.length}`);
});
