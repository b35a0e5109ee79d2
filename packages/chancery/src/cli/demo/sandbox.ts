import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "../../address.ts";
import { toBootstrap } from "../../bootstrap/bootstrap.ts";
import { type EnvoyProcess, startEnvoyProcess } from "../../bootstrap/envoy-process.ts";
import { startControlPlane } from "../../control-plane.ts";
import type { Logger } from "../../logs.ts";
import { startEcho } from "./echo.ts";
import { type SandboxFile, sandboxFile } from "./sandbox-file.ts";

export interface SandboxOptions {
  /** Envoy's binary. */
  readonly binary: string;
  /** Where each part listens; all ports are known and free. */
  readonly addresses: SandboxAddresses;
  readonly log: Logger;
}

export interface SandboxAddresses {
  readonly proxy: Address;
  readonly admin: Address;
  readonly xds: Address;
  readonly http: Address;
}

/** Two upstreams, a control plane and an Envoy; disposing of it ends them all. */
export interface Sandbox extends AsyncDisposable {
  /** The file to edit. */
  readonly file: SandboxFile;
  readonly envoy: EnvoyProcess;
}

/** The Envoy of the sandbox, by the names that Envoy's own sandbox of this kind gives it. */
export const nodeId = "test-id";
const cluster = "test-cluster";

/** Starts the parts in the order of their need; if one cannot start, those before it end. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { binary, addresses, log } = options;
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "chancery-demo-"));
  started.defer(() => rm(folder, { recursive: true, force: true }));

  for (const name of ["service1", "service2"]) {
    const echo = await startEcho(name, { path: join(folder, name) });
    started.defer(() => echo.close());
  }
  const file = await sandboxFile(addresses.proxy.port, folder);
  started.use(await startControlPlane({ xds: addresses.xds, http: addresses.http, paths: [file.path], log }));

  const bootstrap = toBootstrap({
    nodeId,
    cluster,
    transport: "ads",
    controlPlane: addresses.xds,
    admin: addresses.admin,
  });
  const envoy = await startEnvoyProcess({ binary, bootstrap, folder });
  started.defer(() => envoy.stop());

  const running = started.move();
  return { file, envoy, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
