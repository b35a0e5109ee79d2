import { resolve } from "node:path";
import { type Address, formatAddress, parseAddress } from "../address.ts";
import { rehearse } from "../admin/rehearsal.ts";
import type { ServerTlsFiles } from "../certificates/server-tls.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "../control-plane.ts";
import { ChanceryError } from "../errors.ts";
import { collectStart, collectWhenIdle } from "../idle-collection.ts";
import { compileFullyLater } from "../late-compilation.ts";
import { createLogger, type LogOptions, logFormats, logLevels } from "../logs.ts";
import { stateFileOf } from "../state/state-file-of.ts";
import { accessLogOptions, toAccessLogsOptions } from "./access-log-options.ts";
import { authorizationOptions, toAuthorizationOptions } from "./authorization-options.ts";
import { defineCommand, type Io, UsageError, type Values } from "./command.ts";
import { healthOptions, toHealthOptions } from "./health-options.ts";
import { oneOf } from "./one-of.ts";
import { rateLimitOptions, toRateLimitOptions } from "./rate-limit-options.ts";
import { readNumber } from "./read-number.ts";
import { requirePath } from "./require-path.ts";

const options = {
  xds: { type: "string", value: "HOST:PORT", default: "127.0.0.1:18000", help: "Where Envoys connect (gRPC)" },
  http: { type: "string", value: "HOST:PORT", default: "127.0.0.1:18001", help: "Where the HTTP API listens" },
  "tls-cert": { type: "string", value: "FILE", help: "Speak TLS on the xDS port, with this certificate in PEM" },
  "tls-key": { type: "string", value: "FILE", help: "Its key" },
  "tls-client-ca": { type: "string", value: "FILE", help: "Ask Envoys for certificates of these authorities" },
  "allow-host": { type: "string", multiple: true, value: "NAME", help: "A further name the HTTP API may be called by" },
  "body-limit": { type: "string", value: "MIB", default: "64", help: "The largest body the HTTP API takes, in MiB" },
  "nack-policy": {
    type: "string",
    value: "POLICY",
    default: "hold",
    help: "When an Envoy refuses something: hold it back, rollback to what it took last, or quarantine just that",
  },
  "load-interval": {
    type: "string",
    value: "SECONDS",
    default: "10",
    help: "How often Envoys report their load, those that do",
  },
  state: {
    type: "string",
    value: "FILE|none",
    help: "Where to keep what is good, for what is wrong at the next start",
  },
  ...accessLogOptions,
  ...rateLimitOptions,
  ...authorizationOptions,
  ...healthOptions,
  "fleet-metrics": {
    type: "string",
    multiple: true,
    value: "GLOB",
    help: "A metric of Envoys to keep, such as 'envoy_http_*'; by default what dashboards are made of",
  },
  "drain-time": { type: "string", value: "SECONDS", default: "1", help: "How long clients may take to go at the end" },
  "log-level": { type: "string", value: "LEVEL", default: "info", help: `One of ${logLevels.join(", ")}` },
  "log-format": { type: "string", value: "pretty|json", help: "By default pretty on a terminal, else json" },
} as const;

export const serveCommand = defineCommand({
  name: "serve",
  summary: "Serve configuration to Envoys, from files and an HTTP API",
  usage: "serve [OPTIONS] [PATH…]",
  description:
    "Each PATH is a file, or a folder of .yaml, .yml and .json files, with a model (fleets, gateways, routes, services, …)\n" +
    "or with raw snapshots ({node, version, resources}); or a .ts or .js module whose default export is a model.\n" +
    "They are watched, and a change is served at once; what has a mistake in it stays as it was good before, also after\n" +
    "a restart: --state says where that is kept, by default below $XDG_STATE_HOME or ~/.local/state.\n" +
    "Port 0 picks a free one, which the log names. SIGINT or SIGTERM sends clients elsewhere, a second one ends at once.",
  examples: [
    { command: "chancery serve chancery.yaml", what: "serve a model" },
    { command: "chancery serve snapshots/", what: "serve what the files in a folder say" },
    { command: "chancery serve --xds 0.0.0.0:18000 edge.yaml", what: "let Envoys of other machines connect" },
    { command: "chancery serve --rate-limits limits/ edge.yaml", what: "decide on rate limits too" },
    { command: "chancery serve --authorization policies/ edge.yaml", what: "authorize requests too" },
    {
      command: "curl -T edge.yaml localhost:18001/api/v1/snapshots/edge-1",
      what: "set the snapshot of a node while it runs",
    },
  ],
  options,
  async run({ values, positionals }, io) {
    const graceMs = readNumber("drain-time", values["drain-time"]) * 1000;
    const controlPlane = await start(await toControlPlaneOptions(values, positionals, io));
    setImmediate(async () => {
      // Without files, what there is to serve will come over HTTP.
      if (positionals.length === 0) await rehearse();
      collectStart();
    });
    collectWhenIdle();
    compileFullyLater();
    await aborted(io.signal);
    await controlPlane.drain({ graceMs });
    return 0;
  },
});

const nackPolicies = ["hold", "rollback", "quarantine"] as const;

async function toControlPlaneOptions(
  values: Values<typeof options>,
  paths: readonly string[],
  io: Io,
): Promise<ControlPlaneOptions> {
  for (const path of paths) await requirePath(path, io.cwd);
  const rateLimits = await toRateLimitOptions(values, io);
  const authorization = await toAuthorizationOptions(values, io);
  return {
    xds: readAddress("xds", values.xds),
    http: readAddress("http", values.http),
    allowedHosts: values["allow-host"],
    nackPolicy: oneOf("nack-policy", values["nack-policy"], nackPolicies),
    maxBodyBytes: readNumber("body-limit", values["body-limit"]) * 1024 * 1024,
    load: { intervalMs: readInterval("load-interval", values["load-interval"]) },
    health: toHealthOptions(values),
    accessLogs: toAccessLogsOptions(values),
    fleetMetrics: values["fleet-metrics"].length > 0 ? { allow: values["fleet-metrics"] } : {},
    log: createLogger(io.stdout, toLogOptions(values, io.env)),
    cwd: io.cwd,
    paths,
    ...toState(values.state, paths, io),
    ...toTls(values),
    ...(rateLimits && { rateLimits }),
    ...(authorization && { authorization }),
  };
}

function toTls(values: Values<typeof options>): { readonly tls?: ServerTlsFiles } {
  const { "tls-cert": cert, "tls-key": key, "tls-client-ca": clientCa } = values;
  if (cert !== undefined && key !== undefined) return { tls: { cert, key, clientCa } };
  if (cert === undefined && key === undefined && clientCa === undefined) return {};
  throw new UsageError("TLS takes a certificate and its key: give --tls-cert and --tls-key");
}

function toState(
  option: string | undefined,
  paths: readonly string[],
  { env, cwd }: Io,
): { readonly stateFile?: string } {
  if (option === "none" || (option === undefined && paths.length === 0)) return {};
  return { stateFile: option === undefined ? stateFileOf(paths, { env, cwd }) : resolve(cwd, option) };
}

async function start(options: ControlPlaneOptions): Promise<ControlPlane> {
  try {
    const controlPlane = await startControlPlane(options);
    const [xds, http] = [formatAddress(controlPlane.xds), formatAddress(controlPlane.http)];
    options.log?.info(
      { xds, http },
      `Ready: Envoys connect to ${xds}, the API is at http://${http}/api/v1/openapi.json`,
    );
    return controlPlane;
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error;
    const option = error.code === "xds-address" ? "--xds" : error.code === "http-address" ? "--http" : undefined;
    if (option === undefined) throw error;
    throw new ChanceryError(error.code, `${error.message}; choose another with ${option} HOST:PORT`, { cause: error });
  }
}

function readAddress(option: string, text: string): Address {
  const address = parseAddress(text, { defaultHost: "127.0.0.1" });
  if (address !== undefined) return address;
  throw new UsageError(`Cannot listen on --${option} "${text}": write HOST:PORT, such as 127.0.0.1:18000 or [::1]:0`);
}

function readInterval(option: string, text: string): number {
  const ms = Number(text) * 1_000;
  if (ms >= 1 && ms <= 3_600_000) return ms;
  throw new UsageError(`Cannot read --${option} "${text}": write seconds, from 0.001 to 3600`);
}

function toLogOptions(values: Values<typeof options>, env: NodeJS.ProcessEnv): LogOptions {
  const format = values["log-format"];
  return {
    level: oneOf("log-level", values["log-level"], logLevels),
    ...(format !== undefined && { format: oneOf("log-format", format, logFormats) }),
    // https://no-color.org: present and not empty
    color: !env.NO_COLOR,
    batch: true,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
