import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { formatPlace } from "../../documents/document.ts";
import { parseDocuments } from "../../documents/parse.ts";
import { ChanceryError, isSystemError } from "../../errors.ts";
import { check } from "../../model/issues.ts";
import { listOf, port } from "../../model/values.ts";

/** The file in an example's folder that says what runs beside the control plane; sources pass over such names. */
export const descriptionFile = ".demo.yaml";

const text = z.string().min(1);

const envoy = z.strictObject({
  /** The cluster in its bootstrap, which fleets are matched by. */
  cluster: text,
  /** Where it opens listeners, on 127.0.0.1. */
  ports: z.array(port).min(1),
  /** Further arguments that it is started with. */
  args: listOf(text).default([]),
});

const upstream = z.strictObject({
  protocol: z.enum(["http", "https", "grpc", "tcp"]).default("http"),
  /** A port of 127.0.0.1, or a socket file named like the upstream, in the working folder of the first Envoy. */
  listen: z.union([z.literal("socket"), port]),
  /** What it shows, for https. */
  certificate: text.optional(),
  /** The CA that the certificates of its clients must be signed by, for https. */
  clients: text.optional(),
});

const certificate = z.union([
  z.strictObject({ kind: z.literal("ca") }),
  z.strictObject({ signedBy: text, subject: text.optional(), names: listOf(text) }),
]);

/** Something to try, and what comes of it. */
const step = z.strictObject({
  what: text,
  /** A change of a file to make first. */
  edit: z.strictObject({ file: text, from: text, to: z.string() }).optional(),
  /** What the control plane says of the change. */
  log: text.optional(),
  /** A shell command to run in the example's folder. */
  run: text,
  /** Parts of what it writes. */
  see: listOf(text),
});

const description = z.strictObject({
  title: text,
  /** What the control plane serves. */
  serve: text.default("chancery.yaml"),
  /** Whether `serve` is a program, and the control plane itself. */
  library: z.boolean().default(false),
  /** Programs that run beside, in TypeScript or JavaScript. */
  programs: listOf(text).default([]),
  /** Files with the policies by which requests are authorized. */
  authorization: listOf(text).optional(),
  /** Whether its Envoy runs by itself, by a static file, without a control plane. */
  alone: z.boolean().default(false),
  /** By node id. */
  envoys: z.record(text, envoy),
  /** By the name that they answer with. */
  upstreams: z.record(text, upstream).default({}),
  /** Throw-away ones, by path in the example's folder without `.crt` and `.key`; in the order that they need each other. */
  certificates: z.record(text, certificate).default({}),
  try: z.array(step).min(1),
});

/** What an example needs beside its configuration, and what there is to try with it. */
export type Description = z.output<typeof description>;
export type Step = z.output<typeof step>;
export type UpstreamDescription = z.output<typeof upstream>;
export type CertificateDescription = z.output<typeof certificate>;

/** Reads what an example says of itself; throws a ChanceryError that names what is wrong with it. */
export async function readDescription(folder: string): Promise<Description> {
  const origin = join(folder, descriptionFile);
  const parsed = parseDocuments(await readText(origin), { origin, format: "yaml" });
  if (!parsed.ok) throw invalid(parsed.problems.map(({ message }) => `${origin}: ${message}`));
  const [document] = parsed.documents;
  const checked = check(description, document?.content, "");
  if (checked.ok) return checked.value;
  const find = document?.positions();
  throw invalid(
    checked.problems.map(({ path, message }) => `${formatPlace(origin, find?.(path))}: ${path}: ${message}`),
  );
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (!isSystemError(cause) || cause.code !== "ENOENT") throw cause;
    throw new ChanceryError("example-missing", `Cannot find "${path}", which says what an example needs`, { cause });
  }
}

function invalid(lines: readonly string[]): ChanceryError {
  return new ChanceryError("example-invalid", ["Cannot run the example:", ...lines].join("\n  "));
}

/** All ports that an example uses: of its Envoys' listeners, and of its upstreams. */
export function portsOf({ envoys, upstreams }: Description): { readonly port: number; readonly what: string }[] {
  return [
    ...Object.entries(envoys).flatMap(([id, { ports }]) => ports.map((port) => ({ port, what: `Envoy ${id}` }))),
    ...Object.entries(upstreams).flatMap(([name, { listen }]) =>
      listen === "socket" ? [] : [{ port: listen, what: `the upstream ${name}` }],
    ),
  ];
}
