import { type Address, parseAddress } from "../address.ts";
import { type Transport, toBootstrap } from "../bootstrap/bootstrap.ts";
import { toBootstrapYaml } from "../bootstrap/bootstrap-yaml.ts";
import { defineCommand, UsageError } from "./command.ts";

export const bootstrapCommand = defineCommand({
  name: "bootstrap",
  summary: "Write the bootstrap that connects an Envoy to a control plane",
  usage: "bootstrap --node ID --cluster NAME [OPTIONS]",
  description:
    "The node id chooses the snapshot that the Envoy gets. Without an option for it, everything comes over one " +
    "aggregated gRPC stream (ADS), each update with all resources of its type (SotW).",
  examples: [
    { command: "chancery bootstrap --node test-id --cluster test-cluster > bootstrap.yaml", what: "ADS over gRPC" },
    { command: "chancery bootstrap --node edge-1 --cluster edge --delta", what: "only what changed is sent" },
    { command: "chancery bootstrap --node edge-1 --cluster edge --rest", what: "polls over HTTP" },
  ],
  options: {
    node: { type: "string", value: "ID", help: "The node id" },
    cluster: { type: "string", value: "NAME", help: "The service cluster the Envoy belongs to" },
    delta: { type: "boolean", help: "Get only what changed (delta)" },
    "per-type": { type: "boolean", help: "Open a gRPC stream per resource type instead of ADS" },
    rest: { type: "boolean", help: "Poll over REST-JSON instead of gRPC" },
    xds: { type: "string", default: "127.0.0.1:18000", value: "HOST:PORT", help: "The control plane's gRPC address" },
    http: { type: "string", default: "127.0.0.1:18001", value: "HOST:PORT", help: "Its HTTP address, for --rest" },
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
    const transport = toTransport(values);
    const controlPlane = transport === "rest" ? readAddress("--http", values.http) : readAddress("--xds", values.xds);
    const bootstrap = toBootstrap({
      nodeId: node,
      cluster,
      transport,
      controlPlane,
      ...(admin !== undefined && { admin: readAddress("--admin", admin) }),
    });
    io.stdout.write(format === "json" ? `${JSON.stringify(bootstrap, null, 2)}\n` : toBootstrapYaml(bootstrap));
    return 0;
  },
});

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

function readAddress(option: string, text: string): Address {
  const address = parseAddress(text, { defaultHost: "127.0.0.1" });
  if (address) return address;
  throw new UsageError(`Cannot read ${option} "${text}": it would have to be HOST:PORT, such as 127.0.0.1:18000`);
}
