import { mkdir } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { formatProblem } from "@chancery/xds";
import type { Address } from "../../address.ts";
import { type Bootstrap, toBootstrap } from "../../bootstrap/bootstrap.ts";
import { type EnvoyProcess, startEnvoyProcess } from "../../bootstrap/envoy-process.ts";
import { type ReportingOptions, reportingOf } from "../../bootstrap/reporting.ts";
import { startControlPlane } from "../../control-plane.ts";
import { formatPlace } from "../../documents/document.ts";
import { ChanceryError } from "../../errors.ts";
import { fleetOf } from "../../fleets/fleet-of.ts";
import { strangerWith } from "../../fleets/stranger.ts";
import type { Logger } from "../../logs.ts";
import { toStaticBootstrap } from "../../translate/static-bootstrap.ts";
import { load } from "../load.ts";
import { makeCertificates } from "./certificates.ts";
import type { PreparedExample } from "./example.ts";
import { opened } from "./opened.ts";
import { type ProgramProcess, startProgram } from "./program.ts";
import { startUpstream } from "./upstreams.ts";

export interface RunOptions {
  /** Envoy's binary. */
  readonly binary: string;
  /** Where each part listens; all ports are known and free. */
  readonly addresses: RunAddresses;
  /** An existing folder for what Envoys write; each has its own in it. */
  readonly folder: string;
  /** What the places in the log start from. */
  readonly cwd: string;
  readonly log: Logger;
  /** Further arguments for each Envoy. */
  readonly envoyArgs?: readonly string[];
}

export interface RunAddresses {
  readonly xds: Address;
  readonly http: Address;
  /** The admin interface of each Envoy, by node id. */
  readonly admin: ReadonlyMap<string, Address>;
}

/** An example at work; disposing of it ends all that it started. */
export interface RunningExample extends AsyncDisposable {
  /** By node id. */
  readonly envoys: ReadonlyMap<string, EnvoyProcess>;
  readonly programs: readonly ProgramProcess[];
}

/** Starts the parts of an example in the order of their need; if one cannot start, those before it end. */
export async function runExample(example: PreparedExample, options: RunOptions): Promise<RunningExample> {
  const { description } = example;
  const { binary, addresses, folder, cwd, log, envoyArgs = [] } = options;
  await using started = new AsyncDisposableStack();
  started.use(await makeCertificates(description.certificates, example.folder));

  const folders = new Map(Object.keys(description.envoys).map((id) => [id, join(folder, id)]));
  for (const path of folders.values()) await mkdir(path);
  const [sockets = folder] = folders.values();
  for (const [name, upstream] of Object.entries(description.upstreams)) {
    const echo = await startUpstream(name, upstream, { example: example.folder, sockets });
    started.defer(() => echo.close());
  }

  const { xds, http } = addresses;
  const path = fromHere(join(example.folder, description.serve), cwd);
  const programs: ProgramProcess[] = [];
  const start = async (file: string) => {
    const [admin] = addresses.admin.values();
    const program = await startProgram(file, { folder: example.folder, xds, http, admin, envoyFolder: sockets, log });
    started.defer(() => program.stop());
    programs.push(program);
    return program;
  };
  if (description.library) {
    const { ended } = await start(description.serve);
    await Promise.race([opened(xds), ended]);
  } else if (!description.alone) {
    const authorization = description.authorization?.map((file) => fromHere(join(example.folder, file), cwd));
    const controlPlane = await startControlPlane({
      ...{ xds, http, paths: [path], cwd, log },
      // Who tries something does not want to wait.
      load: { intervalMs: 1_000 },
      ...(authorization && { authorization: { paths: authorization } }),
    });
    started.use(controlPlane);
  }

  const envoys = new Map<string, EnvoyProcess>();
  for (const [nodeId, { cluster, args }] of Object.entries(description.envoys)) {
    const admin = addresses.admin.get(nodeId);
    const bootstrap = description.alone
      ? await toBootstrapAlone(path, { cwd, nodeId, admin })
      : toBootstrap({
          ...{ nodeId, cluster, transport: "ads", controlPlane: xds },
          ...(admin && { admin }),
          ...(description.library ? {} : await toReporting({ nodeId, cluster }, path, cwd)),
        });
    const envoy = await startEnvoyProcess({
      binary,
      bootstrap,
      folder: folders.get(nodeId) ?? folder,
      args: [...envoyArgs, ...args],
    });
    started.defer(() => envoy.stop());
    envoys.set(nodeId, envoy);
  }
  for (const file of description.programs) await start(file);
  const running = started.move();
  return { envoys, programs, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** What the fleet of an Envoy wants to be told by it. */
async function toReporting(
  { nodeId, cluster }: { readonly nodeId: string; readonly cluster: string },
  path: string,
  cwd: string,
): Promise<ReportingOptions> {
  const { model } = await load([path], { cwd });
  const fleet = fleetOf(model.fleets, strangerWith(nodeId, cluster));
  return fleet === undefined ? {} : reportingOf(fleet.value);
}

interface AloneOptions {
  readonly cwd: string;
  readonly nodeId: string;
  readonly admin: Address | undefined;
}

/** What an Envoy is started with that gets nothing but that: all of the only fleet's configuration. */
async function toBootstrapAlone(path: string, { cwd, ...about }: AloneOptions): Promise<Bootstrap> {
  const { translation, problems } = await load([path], { cwd });
  const error = problems.find(({ severity }) => severity === "error");
  if (error !== undefined) {
    const place = formatPlace(error.origin, error.position);
    throw new ChanceryError("bad-configuration", `Cannot start Envoy with ${place}: ${formatProblem(error)}`);
  }
  const [fleet] = translation.fleets.values();
  if (fleet === undefined) throw new ChanceryError("no-fleet", `Cannot start Envoy with "${path}": it has no fleet`);
  return toStaticBootstrap(fleet, about).bootstrap;
}

/** A path as short as it can be said: from a folder if it is below that, else whole. */
export function fromHere(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}
