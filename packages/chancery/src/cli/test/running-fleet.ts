import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { type EnvoyProcess, startEnvoyProcess } from "../../bootstrap/envoy-process.ts";
import { ChanceryError } from "../../errors.ts";
import type { FleetTranslation } from "../../translate/translator.ts";
import { startEcho } from "../demo/echo.ts";
import { toTestBootstrap } from "./bootstrap.ts";

/** An Envoy of a fleet that runs for tests; disposing of it ends it, and its upstreams. */
export interface RunningFleet extends AsyncDisposable {
  /** The port that a listener has here, by the listener's name. */
  readonly ports: ReadonlyMap<string, number>;
}

/** Starts an Envoy with what a fleet gets, and in the place of each service an upstream that says its name. */
export async function startFleet(
  fleet: FleetTranslation,
  { binary, signal }: { readonly binary: string; readonly signal: AbortSignal },
): Promise<RunningFleet> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "chancery-test-"));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const names = [...fleet.drafts.values()].filter(({ type }) => type === "clusters").map(({ name }) => name);
  const sockets = new Map(names.map((name, index) => [name, join(folder, `${index}`)]));
  for (const [name, path] of sockets) {
    const echo = await startEcho(name, { path });
    started.defer(() => echo.close());
  }
  const bootstrap = toTestBootstrap(fleet, (name) => sockets.get(name) ?? join(folder, "nobody"));
  const addressFile = join(folder, "admin");
  const args = ["--concurrency", "1", "-l", "error", "--admin-address-path", addressFile];
  const envoy = await startEnvoyProcess({ binary, bootstrap, folder, args });
  started.defer(() => envoy.stop());
  const ports = await untilReady(envoy, { addressFile, signal, fleet: fleet.fleet.name });
  const running = started.move();
  return { ports, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

interface Waiting {
  readonly addressFile: string;
  readonly signal: AbortSignal;
  readonly fleet: string;
}

const timeoutMs = 30_000;

/** Envoy tells nobody that it is ready: it is asked. */
async function untilReady(envoy: EnvoyProcess, { addressFile, signal, fleet }: Waiting): Promise<Map<string, number>> {
  const deadlineMs = performance.now() + timeoutMs;
  let end: string | undefined;
  void envoy.ended.then((how) => {
    end = how;
  });
  for (;;) {
    const ports = await readPorts(addressFile, signal);
    if (ports !== undefined) return ports;
    if (end !== undefined || performance.now() > deadlineMs) {
      const how = end === undefined ? `is not ready within ${timeoutMs / 1000} s` : `ended (${end})`;
      throw new ChanceryError("envoy-not-ready", `Envoy for fleet "${fleet}" ${how}:\n${await envoy.lastLog(5)}`);
    }
    await pause(20, undefined, { signal });
  }
}

const statuses = z.object({
  // Left out if there are none.
  listener_statuses: z
    .array(
      z.object({ name: z.string(), local_address: z.object({ socket_address: z.object({ port_value: z.number() }) }) }),
    )
    .default([]),
});

async function readPorts(addressFile: string, signal: AbortSignal): Promise<Map<string, number> | undefined> {
  const address = await readFile(addressFile, "utf8").catch(() => "");
  if (address === "") return undefined;
  const ready = await fetch(`http://${address}/ready`, { signal }).catch(() => undefined);
  await ready?.body?.cancel();
  if (!ready?.ok) return undefined;
  const listeners = await fetch(`http://${address}/listeners?format=json`, { signal });
  const { listener_statuses: list } = statuses.parse(await listeners.json());
  return new Map(list.map(({ name, local_address: { socket_address } }) => [name, socket_address.port_value]));
}
