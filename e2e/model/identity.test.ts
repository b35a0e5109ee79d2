import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { type BootstrapTls, toBootstrap } from "../../packages/chancery/src/bootstrap/bootstrap.ts";
import { startControlPlane } from "../harness/control-plane.ts";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { send } from "../harness/request.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { until } from "../harness/until.ts";

test("Envoys say who they are by certificates, and a fleet takes only those", async (t) => {
  const folder = await temporaryFolder(t);
  const server = await write(folder, "server", "IP:127.0.0.1");
  const known = await write(folder, "known", "URI:spiffe://example.org/edge/1");
  const stranger = await write(folder, "stranger", "URI:spiffe://example.org/edge/1");
  const port = await freePort();
  const config = join(folder, "chancery.json");
  await writeFile(
    config,
    JSON.stringify({
      fleets: { edge: { match: { san: "spiffe://example.org/edge/*" }, requireIdentity: true } },
      gateways: { public: { address: "127.0.0.1", listeners: { http: { protocol: "HTTP", port } } } },
      routes: { all: { parents: "public/http", respond: { status: 200, body: "served" } } },
    }),
  );
  const tls = ["--tls-cert", server.cert, "--tls-key", server.key, "--tls-client-ca", known.cert];
  const { xdsPort } = await startControlPlane(t, { paths: [config], options: tls });

  await t.test("one with a certificate of the authority gets what its fleet has", async (t) => {
    const envoy = await start(t, xdsPort, { ca: server.cert, client: known });
    await envoy.ready();
    assert.equal((await send(port, "/")).body, "served");
  });

  for (const [who, client] of [
    ["with another certificate", stranger],
    ["without a certificate", undefined],
  ] as const) {
    await t.test(`one ${who} belongs to no fleet`, async (t) => {
      const envoy = await start(t, xdsPort, { ca: server.cert, ...(client && { client }) });
      await envoy.ready();
      const answer = await send(port, "/");
      assert.equal(answer.status, 503);
      assert.match(answer.body, /belongs to no fleet/);
    });
  }

  await t.test(
    "a new certificate of the control plane is shown from then on, one that does not fit its key is not",
    async () => {
      const before = await fingerprint(xdsPort);
      await writeFile(server.cert, await readFile(known.cert));
      await writeFile(server.key, await readFile(stranger.key));
      const next = await write(folder, "next", "IP:127.0.0.1");
      assert.equal(await fingerprint(xdsPort), before);
      await writeFile(server.cert, await readFile(next.cert));
      await writeFile(server.key, await readFile(next.key));
      await until("the new certificate is shown", async () => (await fingerprint(xdsPort)) !== before);
    },
  );
});

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Writes a certificate that is signed by itself, and its key. */
async function write(folder: string, name: string, san: string): Promise<Pair> {
  const pair = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", pair.key];
  const about = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${san}`, "-days", "1"];
  await promisify(execFile)("openssl", ["req", "-x509", ...key, ...about, "-out", pair.cert]);
  return pair;
}

async function start(t: TestContext, xdsPort: number, tls: BootstrapTls) {
  const controlPlane = { host: "127.0.0.1", port: xdsPort };
  const options = { nodeId: "edge-1", cluster: "edge", transport: "ads-delta", controlPlane, tls } as const;
  const { static_resources } = toBootstrap(options);
  return startEnvoy(t, { transport: "ads-delta", xdsPort, amend: (bootstrap) => ({ ...bootstrap, static_resources }) });
}

async function fingerprint(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ALPNProtocols: ["h2"], rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
