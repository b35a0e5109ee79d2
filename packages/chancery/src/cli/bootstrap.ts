import { type Address, parseAddress } from "../address.ts";
import { type BootstrapTls, type Transport, toBootstrap } from "../bootstrap/bootstrap.ts";
import { toBootstrapYaml } from "../bootstrap/bootstrap-yaml.ts";
import { type MetricsServiceOptions, reportingOf } from "../bootstrap/reporting.ts";
import { fleetOf } from "../fleets/fleet-of.ts";
import { strangerWith } from "../fleets/stranger.ts";
import type { Fleet } from "../model/fleet.ts";
import { defineCommand, UsageError } from "./command.ts";
import { load } from "./load.ts";

export const bootstrapCommand = defineCommand({
  name: "bootstrap",
  summary: "Write the bootstrap that connects an Envoy to a control plane",
  usage: "bootstrap --node ID --cluster NAME [OPTIONS]",
  description:
    "The node id and cluster choose what the Envoy gets: its fleet, or a snapshot of its own. Without an option for it, everything comes over one " +
    "aggregated gRPC stream (ADS), each update with all resources of its type (SotW).",
  examples: [
    { command: "chancery bootstrap --node test-id --cluster test-cluster > bootstrap.yaml", what: "ADS over gRPC" },
    { command: "chancery bootstrap --node edge-1 --cluster edge --delta", what: "only what changed is sent" },
    { command: "chancery bootstrap --node edge-1 --cluster edge --rest", what: "polls over HTTP" },
    {
      command: "chancery bootstrap --node edge-1 --cluster edge --load-reports --metrics-service",
      what: "tells its load and its statistics too",
    },
    {
      command: "chancery bootstrap --node edge-1 --cluster edge --config chancery.yaml",
      what: "the same where its fleet has loadReports and metrics",
    },
  ],
  options: {
    node: { type: "string", value: "ID", help: "The node id" },
    cluster: { type: "string", value: "NAME", help: "The service cluster the Envoy belongs to" },
    delta: { type: "boolean", help: "Get only what changed (delta)" },
    "per-type": { type: "boolean", help: "Open a gRPC stream per resource type instead of ADS" },
    rest: { type: "boolean", help: "Poll over REST-JSON instead of gRPC" },
    config: {
      type: "string",
      multiple: true,
      value: "PATH",
      help: "Asks for what the Envoy's fleet in these files says",
    },
    "load-reports": { type: "boolean", help: "Report the load of clusters, for chancery top" },
    "metrics-service": { type: "boolean", help: "Send all statistics, for /metrics/fleet" },
    "health-checks": { type: "boolean", help: "Check endpoints for the control plane, for chancery health" },
    "stats-interval": { type: "string", value: "SECONDS", help: "How often --metrics-service sends; 5 by default" },
    xds: { type: "string", default: "127.0.0.1:18000", value: "HOST:PORT", help: "The control plane's gRPC address" },
    http: { type: "string", default: "127.0.0.1:18001", value: "HOST:PORT", help: "Its HTTP address, for --rest" },
    "tls-ca": {
      type: "string",
      value: "FILE",
      help: "Speak TLS to the gRPC address, which these authorities vouch for",
    },
    "tls-cert": { type: "string", value: "FILE", help: "What Envoy shows of itself; with --tls-key" },
    "tls-key": { type: "string", value: "FILE", help: "The key of --tls-cert" },
    admin: { type: "string", value: "HOST:PORT", help: "Where Envoy's admin interface listens; none by default" },
    format: { type: "string", default: "yaml", value: "yaml|json", help: "How to write it" },
  },
  async run({ values, positionals }, io) {
    if (positionals.length > 0) throw new UsageError(`Unknown argument "${positionals[0]}"`);
    const { node, cluster, format, admin } = values;
    if (!node) throw new UsageError("An Envoy needs a node id: --node ID");
    if (!cluster) throw new UsageError("An Envoy needs the name of its cluster: --cluster NAME");
    if (format !== "yaml" && format !== "json") {
      throw new UsageError(`Cannot write format "${format}": it would have to be yaml or json`);
    }
    const fleet = await fleetFor({ node, cluster }, values.config, io.cwd);
    const reporting = fleet === undefined ? {} : reportingOf(fleet);
    const transport = toTransport(values);
    const controlPlane = transport === "rest" ? readAddress("--http", values.http) : readAddress("--xds", values.xds);
    const bootstrap = toBootstrap({
      nodeId: node,
      cluster,
      transport,
      controlPlane,
      services: readAddress("--xds", values.xds),
      loadReports: values["load-reports"] || (reporting.loadReports ?? false),
      metricsService: toMetricsService(values) || (reporting.metricsService ?? false),
      ...toTls(values),
      healthChecks: values["health-checks"] || (reporting.healthChecks ?? false),
      ...(admin !== undefined && { admin: readAddress("--admin", admin) }),
    });
    io.stdout.write(format === "json" ? `${JSON.stringify(bootstrap, null, 2)}\n` : toBootstrapYaml(bootstrap));
    return 0;
  },
});

/** The fleet that an Envoy with these names would be in, by what files say. */
async function fleetFor(
  names: { readonly node: string; readonly cluster: string },
  paths: readonly string[],
  cwd: string,
): Promise<Fleet | undefined> {
  if (paths.length === 0) return undefined;
  const { model } = await load(paths, { cwd });
  const fleet = fleetOf(model.fleets, strangerWith(names.node, names.cluster));
  if (fleet !== undefined) return fleet.value;
  const known = [...model.fleets.keys()].join(", ") || "none";
  throw new UsageError(`No fleet takes node "${names.node}" of cluster "${names.cluster}"; there are: ${known}`);
}

interface TlsValues {
  readonly "tls-ca": string | undefined;
  readonly "tls-cert": string | undefined;
  readonly "tls-key": string | undefined;
}

function toTls({ "tls-ca": ca, "tls-cert": cert, "tls-key": key }: TlsValues): { readonly tls?: BootstrapTls } {
  if ((cert === undefined) !== (key === undefined)) throw new UsageError("Give both --tls-cert and --tls-key");
  if (ca !== undefined)
    return { tls: { ca, ...(cert !== undefined && key !== undefined && { client: { cert, key } }) } };
  if (cert === undefined) return {};
  throw new UsageError("TLS needs to know whom to trust: give --tls-ca too");
}

interface TransportFlags {
  readonly delta: boolean;
  readonly rest: boolean;
  readonly "per-type": boolean;
}

function toTransport({ delta, rest, "per-type": perType }: TransportFlags): Transport {
  if (rest && (delta || perType)) {
    throw new UsageError("--rest goes alone: polling has neither --delta nor --per-type streams");
  }
  if (rest) return "rest";
  if (perType) return delta ? "per-type-delta" : "per-type";
  return delta ? "ads-delta" : "ads";
}

function toMetricsService(values: {
  readonly "metrics-service": boolean;
  readonly "stats-interval": string | undefined;
}): false | MetricsServiceOptions {
  const { "metrics-service": metricsService, "stats-interval": text } = values;
  if (text === undefined) return metricsService && {};
  if (!metricsService) throw new UsageError("--stats-interval says how often --metrics-service sends: give both");
  const seconds = Number(text);
  if (!(seconds >= 0.001 && seconds <= 300)) {
    throw new UsageError(`Cannot read --stats-interval "${text}": write seconds, from 0.001 to 300`);
  }
  return { flushIntervalMs: Math.round(seconds * 1_000) };
}

function readAddress(option: string, text: string): Address {
  const address = parseAddress(text, { defaultHost: "127.0.0.1" });
  if (address) return address;
  throw new UsageError(`Cannot read ${option} "${text}": it would have to be HOST:PORT, such as 127.0.0.1:18000`);
}
