import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { runCommand } from "../../packages/chancery/src/cli/testdata/run-command.ts";
import { selfSigned } from "../harness/certificate.ts";
import { type Envoy, startWith } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { send } from "../harness/request.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

test("an Envoy without a control plane serves what a static export says", async (t) => {
  const { folder, httpPort, httpsPort } = await writeModel(t);
  await translate(folder, ["--static", "-o", "envoy.yaml"]);
  const envoy = await startFrom(t, join(folder, "envoy.yaml"));
  await envoy.ready();
  assert.equal((await send(httpPort, "/api")).by, "blue");
  assert.equal((await send(httpPort, "/other")).status, 404);
  assert.equal((await send(httpsPort, "/api", { tls: {} })).by, "blue");
});

test("a running Envoy takes what changes in a folder: routes, endpoints, services, certificates", async (t) => {
  const model = await writeModel(t);
  const { folder, httpPort, httpsPort, green } = model;
  await translate(folder, ["--filesystem", "out"]);
  const envoy = await startFrom(t, join(folder, "out/bootstrap.yaml"));
  await envoy.ready();
  assert.equal((await send(httpPort, "/api")).by, "blue");
  assert.equal((await send(httpsPort, "/api", { tls: {} })).by, "blue");

  await writeFile(model.file, model.text.replace(`127.0.0.1:${model.blue.port}`, `127.0.0.1:${green.port}`));
  await translate(folder, ["--filesystem", "out"]);
  await until("the new endpoint answers", async () => (await send(httpPort, "/api")).by === "green");

  await writeFile(join(folder, "model/key.pem"), model.next.key);
  await writeFile(join(folder, "model/cert.pem"), model.next.certificate);
  const text = model.text.replace("services:", `services:\n  cart: { endpoints: ["127.0.0.1:${green.port}"] }`);
  await writeFile(
    model.file,
    text.replace("routes:", "routes:\n  cart: { parents: public, hosts: cart.example.com, to: cart }"),
  );
  await translate(folder, ["--filesystem", "out"]);
  await until(
    "the new service answers",
    async () => (await send(httpPort, "/", { host: "cart.example.com" })).by === "green",
  );
  assert.equal((await send(httpPort, "/api")).by, "blue");
  const ca = model.next.certificate;
  const trusted = { tls: { ca, rejectUnauthorized: true }, host: "shop.example.com" };
  await until("the new certificate is shown", async () => (await send(httpsPort, "/api", trusted)).by === "blue");
  assert.equal(await envoy.stat("listener_manager.listener_added"), "2");
  assert.equal(await envoy.stat("listener_manager.listener_modified"), "0");
});

interface WrittenModel {
  readonly folder: string;
  readonly file: string;
  readonly text: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly blue: { readonly port: number };
  readonly green: { readonly port: number };
  /** A certificate to come after the first. */
  readonly next: { readonly certificate: string; readonly key: string };
}

async function writeModel(t: TestContext): Promise<WrittenModel> {
  const folder = await temporaryFolder(t);
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const [blue, green] = [await startUpstream(t, "blue"), await startUpstream(t, "green")];
  const first = await selfSigned(t, "first", ["shop.example.com"]);
  const next = await selfSigned(t, "next", ["shop.example.com"]);
  const text = `
fleets: { edge: { match: "*" } }
gateways:
  public:
    address: 127.0.0.1
    listeners:
      http: { port: ${httpPort}, protocol: HTTP }
      https: { port: ${httpsPort}, protocol: HTTPS, tls: { certificates: shop } }
certificates: { shop: { files: { cert: cert.pem, key: key.pem } } }
services:
  shop: { endpoints: ["127.0.0.1:${blue.port}"] }
routes:
  shop: { parents: public, match: { path: /api }, to: shop }
`;
  const file = join(folder, "model/chancery.yaml");
  await mkdir(join(folder, "model"));
  await writeFile(file, text);
  await writeFile(join(folder, "model/cert.pem"), first.certificate);
  await writeFile(join(folder, "model/key.pem"), first.key);
  return { folder, file, text, httpPort, httpsPort, blue, green, next };
}

async function translate(folder: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runCommand(["translate", "model", "--admin", "127.0.0.1:0", ...args], folder);
  assert.equal(code, 0, stderr);
}

async function startFrom(t: TestContext, file: string): Promise<Envoy> {
  return startWith(t, parse(await readFile(file, "utf8")));
}
