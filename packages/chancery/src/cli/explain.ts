import { ChanceryError } from "../errors.ts";
import { explain } from "../explain/explain.ts";
import { type Explanation, explanation } from "../explain/explanation.ts";
import { formatExplanation } from "../explain/format.ts";
import { type RequestInput, readRequest, requestInput } from "../explain/request.ts";
import type { Resources } from "../explain/resources.ts";
import { getJson, httpOption, readHttpAddress } from "./api.ts";
import { usesColor } from "./color.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { fileOption } from "./load.ts";
import { type Loaded, loadResources } from "./load-resources.ts";
import { writeProblems } from "./problems.ts";
import { readHeader } from "./read-header.ts";

export const explainCommand = defineCommand({
  name: "explain",
  summary: "Show what an Envoy does with a request, step by step, and why",
  usage: "explain URL --node ID [OPTIONS] | explain URL --file PATH [OPTIONS]",
  description:
    "Nothing is sent: listener, filter chain, virtual host, each rule, rewrites, cluster and endpoints follow from the " +
    "resources of the node, which a running control plane has, or files. The URL is http://, https://, tcp://, tls:// " +
    "or udp://, and its path is taken as it stands. The exit code is 0 if a cluster or the configuration answers, 1 if " +
    "Envoy refuses the request, or if nobody can tell.",
  examples: [
    {
      command: "chancery explain https://shop.example.com/api?x=1 --node edge-1",
      what: "as a running control plane has it",
    },
    {
      command: "chancery explain http://localhost:8080/ -X POST -H 'x-canary: 1' --file edge.yaml",
      what: "from a file",
    },
    {
      command: "chancery explain https://shop.example.com/ --port 8443 --file edge.yaml",
      what: "443 is mapped to 8443",
    },
    { command: "chancery explain tls://db.example.com:5432 --file edge.yaml", what: "a connection that is not HTTP" },
  ],
  options: {
    http: httpOption,
    node: { type: "string", value: "ID", help: "The node; may be left out if files are about one" },
    fleet: { type: "string", value: "NAME", help: "The fleet, with --file and instead of a node" },
    file: fileOption,
    method: { type: "string", short: "X", value: "METHOD", help: "The method; GET by default" },
    header: {
      type: "string",
      short: "H",
      multiple: true,
      value: "'NAME: VALUE'",
      help: "A header, as often as needed",
    },
    protocol: { type: "string", value: "http1|h2|h3", help: "How the client speaks; h2 for https, else http1" },
    port: { type: "string", value: "PORT", help: "The port that Envoy listens on, if not the URL's" },
    "destination-ip": { type: "string", value: "IP", help: "The address that Envoy is reached at" },
    "source-ip": { type: "string", value: "IP", help: "The client's address" },
    sni: { type: "string", value: "NAME", help: "The server name in the TLS handshake; the URL's host by default" },
    alpn: { type: "string", value: "PROTOCOL,…", help: "The protocols that the TLS handshake offers" },
    "client-certificate": {
      type: "string",
      value: "presented|validated",
      help: "What the client shows; none by default",
    },
    all: { type: "boolean", help: "List all rules that do not match" },
    format: { type: "string", default: "text", value: "text|json", help: "How to write it" },
  },
  async run({ values, positionals }, io) {
    const [url, ...others] = positionals;
    if (url === undefined) throw new UsageError("What request? Give its URL, such as https://shop.example.com/api");
    if (others.length > 0) throw new UsageError(`Unknown argument "${others[0]}"`);
    const { format, all, file, node, fleet, http } = values;
    if (fleet !== undefined && (file.length === 0 || node !== undefined)) {
      throw new UsageError("--fleet goes with --file, in the place of --node");
    }
    if (format !== "text" && format !== "json") {
      throw new UsageError(`Cannot write format "${format}": it would have to be text or json`);
    }
    const input = toInput(url, values);
    const explained =
      file.length > 0
        ? await explainFiles(input, { file, node, fleet }, io)
        : await askServer(input, { http, node }, io);
    const text =
      format === "json"
        ? `${JSON.stringify(explained, undefined, 2)}\n`
        : formatExplanation(explained, { all, color: usesColor(io) });
    io.stdout.write(text);
    return explained.outcome.kind === "forward" || explained.outcome.kind === "respond" ? 0 : 1;
  },
});

interface RequestOptions {
  readonly method: string | undefined;
  readonly header: readonly string[];
  readonly protocol: string | undefined;
  readonly port: string | undefined;
  readonly "destination-ip": string | undefined;
  readonly "source-ip": string | undefined;
  readonly sni: string | undefined;
  readonly alpn: string | undefined;
  readonly "client-certificate": string | undefined;
}

/** The options by the names that the API has for them. */
function toInput(url: string, options: RequestOptions): RequestInput {
  const { method, header, protocol, port, sni, alpn } = options;
  const parsed = requestInput.safeParse({
    url,
    method,
    headers: header.map(readHeader),
    protocol,
    port: port === undefined ? undefined : Number(port),
    destinationIp: options["destination-ip"],
    sourceIp: options["source-ip"],
    sni,
    alpn: alpn?.split(","),
    clientCertificate: options["client-certificate"],
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue?.path[0]).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`Cannot read --${name}: ${issue?.message}`);
  }
  const read = readRequest(parsed.data);
  if (!read.ok) throw new UsageError(`Cannot read the request: ${read.message}`);
  return parsed.data;
}

interface Where {
  readonly node: string | undefined;
}

interface FilesAndWhere extends Where {
  readonly file: readonly string[];
  readonly fleet: string | undefined;
}

async function explainFiles(input: RequestInput, where: FilesAndWhere, io: Io): Promise<Explanation> {
  const loaded = await loadResources(where.file, io.cwd);
  writeProblems(loaded.problems, io);
  const read = readRequest(input);
  if (!read.ok) throw new UsageError(`Cannot read the request: ${read.message}`);
  return explain(choose(loaded, where), read.request);
}

/** What the node gets; without a node, or a fleet, there has to be only one that it can be. */
function choose(
  { subjects, resourcesFor }: Loaded,
  { node, fleet }: Where & { readonly fleet: string | undefined },
): Resources {
  const names = subjects.map(({ kind, name }) => `${kind} "${name}"`).join(", ") || "nothing that could be explained";
  if (node !== undefined) {
    const found = resourcesFor(node);
    if (found !== undefined) return found;
    throw new ChanceryError("no-node", `The files have nothing for node "${node}", but ${names}`);
  }
  const [found, ...others] = subjects.filter(
    ({ kind, name }) => fleet === undefined || (kind === "fleet" && name === fleet),
  );
  if (found === undefined && fleet !== undefined) {
    throw new ChanceryError("no-node", `The files have no fleet "${fleet}", but ${names}`);
  }
  if (found === undefined) throw new ChanceryError("no-node", `The files have ${names}`);
  if (others.length > 0) throw new UsageError(`Which Envoy? The files have ${names}: --node ID or --fleet NAME`);
  return found.resources;
}

async function askServer(input: RequestInput, where: Where & { http: string }, io: Io): Promise<Explanation> {
  if (where.node === undefined)
    throw new UsageError("Which Envoy? Name its node with --node ID, or files with --file PATH");
  const request = { path: "/api/v1/explain", body: { ...input, node: where.node }, signal: io.signal };
  return getJson(readHttpAddress(where.http), request, explanation);
}
