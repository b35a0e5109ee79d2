import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Bootstrap, type Transport, toBootstrap } from "../../packages/chancery/src/bootstrap/bootstrap.ts";
import { ensureEnvoy } from "../../packages/chancery/src/bootstrap/envoy-binary.ts";
import { startEnvoyProcess } from "../../packages/chancery/src/bootstrap/envoy-process.ts";
import type { ReportingOptions } from "../../packages/chancery/src/bootstrap/reporting.ts";
import { until } from "./until.ts";

/** A real Envoy, and what its admin interface says. */
export interface Envoy {
  /** Where its admin interface is. */
  readonly url: string;
  /** The value of a statistic; undefined while there is none of this name. */
  stat(name: string): Promise<string | undefined>;
  /** Everything of one kind in its configuration dump, such as `dynamic_active_clusters`. */
  dump(kind: string): Promise<readonly DumpEntry[]>;
  /** Waits until its first configuration is complete. */
  ready(): Promise<void>;
}

/** One entry of a dump, as far as tests look at it. */
export interface DumpEntry {
  readonly version_info?: string;
  readonly name?: string;
  readonly cluster?: { readonly name: string };
  readonly route_config?: { readonly name: string };
  readonly active_state?: { readonly version_info: string };
  readonly error_state?: { readonly details: string };
}

export interface EnvoyOptions extends ReportingOptions {
  readonly transport: Transport;
  /** The port of the control plane's gRPC services; for `rest` that of its HTTP API. */
  readonly xdsPort: number;
  /** `test-id` by default. */
  readonly nodeId?: string;
  /** Changes the bootstrap before it is used; by default it is as `chancery bootstrap` writes it. */
  readonly amend?: (bootstrap: Bootstrap) => Bootstrap;
}

/** Starts an Envoy that ends with the test; if the test fails, the end of its log is shown. */
export async function startEnvoy(t: TestContext, options: EnvoyOptions): Promise<Envoy> {
  const { transport, xdsPort, nodeId = "test-id", amend = (bootstrap) => bootstrap, ...reporting } = options;
  const written = toBootstrap({
    nodeId,
    cluster: "test-cluster",
    transport,
    ...reporting,
    controlPlane: { host: "127.0.0.1", port: xdsPort },
    admin: { host: "127.0.0.1", port: 0 },
  });
  return startWith(t, amend(written));
}

/** The same with any bootstrap that has an admin interface. */
export async function startWith(t: TestContext, bootstrap: Bootstrap): Promise<Envoy> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-envoy-"));
  const { path: binary } = await ensureEnvoy(process.env, { report: (line) => t.diagnostic(line) });
  const addressFile = join(folder, "admin");
  const quick = ["--concurrency", "1", "--drain-time-s", "1", "--file-flush-interval-msec", "50", "-l", "warning"];
  const args = [...quick, "--admin-address-path", addressFile];
  const envoy = await startEnvoyProcess({ binary, bootstrap, folder, args });
  t.after(async () => {
    if (!t.passed) t.diagnostic(`Envoy's log:\n${await envoy.lastLog(30)}`);
    await envoy.stop();
    await rm(folder, { recursive: true, force: true });
  });
  // The file is there a moment before its content.
  const address = await until("Envoy's admin address", async () => (await readFile(addressFile, "utf8")) || undefined);
  return connectAdmin(`http://${address}`);
}

/** The Envoy whose admin interface is at `url`. */
export function connectAdmin(url: string): Envoy {
  return {
    url,
    async stat(name) {
      const text = await get(`${url}/stats?filter=${encodeURIComponent(`^${RegExp.escape(name)}$`)}`);
      return /: "?([^"\n]*)"?\n/.exec(text)?.[1];
    },
    async dump(kind) {
      const { configs } = JSON.parse(await get(`${url}/config_dump?include_eds`)) as { configs: DumpPart[] };
      return configs.flatMap((part) => part[kind] ?? []);
    },
    async ready() {
      await until("Envoy is ready", async () => (await fetch(`${url}/ready`)).ok);
    },
  };
}

// Envoy's own JSON: each part of a dump holds lists of entries under the names of their kinds.
type DumpPart = Readonly<Record<string, DumpEntry[]>>;

async function get(url: string): Promise<string> {
  return (await fetch(url)).text();
}
