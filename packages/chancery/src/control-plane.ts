import { hostname } from "node:os";
import { type NackPolicy, Snapshots, XdsServer } from "@chancery/xds";
import type { TlsOptions } from "@chancery/xds/grpc";
import { type Address, isLoopback } from "./address.ts";
import { createAdmin, listenAdmin } from "./admin/app.ts";
import { followServerTls, readServerTls, type ServerTlsFiles } from "./certificates/server-tls.ts";
import { Configuration } from "./configuration.ts";
import { LineLimit } from "./line-limit.ts";
import { listen } from "./listen.ts";
import { logEvent } from "./log-event.ts";
import { type Logger, silentLogger } from "./logs.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { type AccessLogsOptions, accessLogs } from "./services/access-logs/access-logs.ts";
import type { AuthorizationOptions } from "./services/authorization/service.ts";
import { type HealthOptions, healthService } from "./services/health/health.ts";
import { readVerdicts } from "./services/health/kept-verdicts.ts";
import { UnhealthyEndpoints } from "./services/health/unhealthy.ts";
import { type LoadOptions, loadService } from "./services/load/load.ts";
import { type FleetMetricsServiceOptions, fleetMetricsService } from "./services/metrics/metrics.ts";
import { rateLimitConfigType, rateLimitGroup } from "./services/rate-limit/resources.ts";
import type { RateLimitOptions } from "./services/rate-limit/service.ts";
import type { Service } from "./services/service.ts";
import { telemetry } from "./services/traces/telemetry.ts";
import type { TracesOptions } from "./services/traces/traces.ts";
import { follow } from "./sources/follow.ts";
import { sourceOf } from "./sources/sources.ts";
import { readLastGood, toState } from "./state/last-good-file.ts";
import { StateFile } from "./state/state-file.ts";
import { verdictsFileOf } from "./state/state-file-of.ts";

export interface ControlPlaneOptions {
  /** Where Envoys connect, gRPC; 127.0.0.1:18000 by default. Port 0 picks a free one. */
  readonly xds?: Address;
  /** Where the admin API, xDS as REST-JSON, probes and metrics are, HTTP; 127.0.0.1:18001 by default. */
  readonly http?: Address;
  /**
   * Files, or folders of files, with a model or raw snapshots (`{node, version, resources}`) as YAML or JSON; or modules
   * in TypeScript or JavaScript whose default export is a model. They are watched.
   */
  readonly paths?: readonly string[];
  /** What relative paths start from; the process's own by default. */
  readonly cwd?: string;
  /** The file that keeps what is good, for what is wrong after a restart. By default nothing is kept. */
  readonly stateFile?: string;
  /** Speaks TLS on the xDS port, with these files; in plain text by default. */
  readonly tls?: ServerTlsFiles;
  /** What happens when a client refuses a response; it is held back until it changes by default. */
  readonly nackPolicy?: NackPolicy;
  /** Rate limits in files, beside those of policies, and how requests are counted. */
  readonly rateLimits?: RateLimitOptions;
  /** Policies that Envoys ask about requests; without them external authorization is not served. */
  readonly authorization?: AuthorizationOptions;
  /** Silent by default. */
  readonly log?: Logger;
  /** What is kept of access logs, and where they are written to. */
  readonly accessLogs?: AccessLogsOptions;
  /** How many traces are kept. */
  readonly traces?: TracesOptions;
  /** The largest HTTP body that is read, in bytes; 64 MiB by default. */
  readonly maxBodyBytes?: number;
  /** How nodes that report their load do so. */
  readonly load?: LoadOptions;
  /** How endpoints are checked that are checked for all Envoys. */
  readonly health?: HealthOptions;
  /** What is kept of the statistics of nodes that send them. */
  readonly fleetMetrics?: FleetMetricsServiceOptions;
  /** Names besides loopback ones that HTTP requests may call this server by while it is bound to loopback. */
  readonly allowedHosts?: readonly string[];
}

/** A control plane that runs. */
export interface ControlPlane extends AsyncDisposable {
  /** Where it listens, with the ports that were picked. */
  readonly xds: Address;
  readonly http: Address;
  /** What each node is to have; a snapshot that is set here is served at once. */
  readonly snapshots: Snapshots;
  /** Sends clients elsewhere, gives them `graceMs` (1000 by default) to go, then closes. */
  drain(options?: { readonly graceMs?: number }): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

/**
 * Starts a control plane; resolves when its sources are loaded and both ports are open.
 * Throws a ChanceryError with the code `xds-address` or `http-address` when it cannot listen there, and `tls-files` when it
 * cannot speak TLS.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { xds = { host: "127.0.0.1", port: 18000 }, http = { host: "127.0.0.1", port: 18001 } } = options;
  const { paths = [], cwd = process.cwd(), log = silentLogger(), stateFile, ...adminOptions } = options;
  let unready: string | undefined = "The sources are not loaded yet";
  await using opened = new AsyncDisposableStack();

  // Documents become snapshots, and snapshots go to streams.
  const snapshots = new Snapshots();
  const lastGood = stateFile === undefined ? undefined : await readKept(stateFile, { read: readLastGood, log });
  const state = stateFile === undefined ? undefined : opened.use(toStateFile(stateFile, log));
  const unhealthy = new UnhealthyEndpoints();
  const configuration = new Configuration({
    ...{ snapshots, log, cwd, unhealthy, ...(lastGood && { lastGood }) },
    onGood: (read) => state?.keep(() => toState(read())),
    onModel: () => {
      health.follow(configuration.model, configuration.materials);
      rateLimits?.usePolicies(configuration.model.policies);
    },
    serviceNames: () => ({
      authorization: authorization === undefined ? "absent" : (authorization.policies ?? "unread"),
      rateLimits: rateLimits?.domains ?? "absent",
    }),
  });
  opened.use(configuration);

  // Beside xDS, Envoys tell how they fare and ask what to decide.
  // Those that decide are loaded where they are wanted. Limits stand in files of their own, or in the model.
  const limits = options.rateLimits ?? (paths.length > 0 ? {} : undefined);
  const rateLimits =
    limits &&
    (await import("./services/rate-limit/service.ts")).startRateLimits(limits, {
      ...{ snapshots, cwd, log },
      onDomains: () => configuration.checkNames(),
    });
  const authorization =
    options.authorization &&
    (await import("./services/authorization/service.ts")).startAuthorization(options.authorization, {
      ...{ cwd, log },
      onPolicies: () => configuration.checkNames(),
    });
  const logs = accessLogs(options.accessLogs ?? {}, { log, cwd });
  const hasResource = (fleet: string, key: string) =>
    configuration.translation.fleets.get(fleet)?.drafts.has(key) === true;
  const verdictsFile = stateFile && verdictsFileOf(stateFile);
  const kept = verdictsFile === undefined ? undefined : await readKept(verdictsFile, { read: readVerdicts, log });
  const verdicts = verdictsFile === undefined ? undefined : opened.use(toStateFile(verdictsFile, log));
  const health = healthService(
    {
      ...{ nodes: configuration, unhealthy, hasResource, log, onKeep: (read) => verdicts?.keep(read) },
      ...(kept && { kept }),
    },
    options.health,
  );
  const services: readonly Service[] = [
    loadService({ snapshots, nodes: configuration }, options.load),
    logs,
    telemetry({ ...options.traces, logs }),
    fleetMetricsService({ nodes: configuration, log }, options.fleetMetrics),
    health,
    ...(rateLimits ? [rateLimits] : []),
    ...(authorization ? [authorization] : []),
  ];
  for (const service of services) opened.defer(() => service.close?.());

  const lines = opened.use(new LineLimit(log));
  const tls = options.tls && (await readServerTls(options.tls, cwd));
  const server = new XdsServer({
    snapshots,
    ...(tls && { grpc: { tls } }),
    groupOf: (client, { typeUrl }) =>
      rateLimits && typeUrl === rateLimitConfigType ? rateLimitGroup : configuration.groupsOf(client),
    hooks: { authorize: (client) => configuration.authorize(client) },
    nackPolicy: options.nackPolicy,
    identifier: `chancery@${hostname()}`,
    // Who is on this machine may as well ask the HTTP API.
    csds: ({ address }) => isLoopback(address),
    onEvent: (event) => logEvent(event, { log, lines, placesOf: (...made) => configuration.placesOf(...made) }),
  });
  opened.defer(() => server.close());
  configuration.watch(() => void server.discovery.regroup());
  if (options.tls !== undefined && tls !== undefined) {
    const onChange = (changed: TlsOptions) => server.grpc.updateTls(changed);
    opened.use(followServerTls(options.tls, { cwd, current: tls, log, onChange }));
  }
  for (const { method, open, options } of services.flatMap(({ methods }) => methods)) {
    server.grpc.handle(method, open, options);
  }

  // What was said and what came of it is seen, and set, over HTTP.
  const metrics = createMetrics({
    ...{ snapshots, configuration, discovery: server.discovery },
    limitsMet: () => server.limitsMet,
    services: services.flatMap(({ metrics = [] }) => metrics),
  });
  const context = { snapshots, xds: server, configuration, metrics, services, log, unready: () => unready };
  const admin = await createAdmin(context, { ...adminOptions, host: http.host });
  opened.defer(() => admin.close());
  const httpAddress = await listen("http-address", http, (address) => listenAdmin(admin, address));

  // Probes are answered while sources load; Envoys are let in when there is something to say to them.
  const source = follow(sourceOf(paths, { cwd }), {
    onState: (state) => configuration.apply(state),
    onError: (err) => log.error({ err }, "The files are not followed any more; what they said stays"),
  });
  opened.use(source);
  await Promise.all([source.loaded, rateLimits?.loaded, authorization?.loaded]);
  unready = "The xDS port is not open yet";
  const xdsAddress = await listen("xds-address", xds, (address) => server.listen(address));
  unready = undefined;

  const running = opened.move();
  const close = () => running.disposeAsync();
  return {
    xds: xdsAddress,
    http: httpAddress,
    snapshots,
    close,
    async drain({ graceMs = 1000 } = {}) {
      unready = "The server is draining";
      await server.drain({ graceMs });
      await close();
    },
    [Symbol.asyncDispose]: close,
  };
}

interface Kept<T> {
  readonly read: (path: string) => Promise<T>;
  readonly log: Logger;
}

/** What an earlier process has kept in a file; undefined if that cannot be read. */
async function readKept<T>(path: string, { read, log }: Kept<T>): Promise<T | undefined> {
  try {
    return await read(path);
  } catch (error) {
    warnOfState(error, path, log);
    return undefined;
  }
}

function toStateFile(path: string, log: Logger): StateFile {
  return new StateFile({ path, onError: (error) => warnOfState(error, path, log) });
}

function warnOfState(err: unknown, path: string, log: Logger): void {
  log.warn(
    { err, path },
    `Cannot keep what is known in "${path}": a mistake, or a failure, at the next start costs more`,
  );
}
