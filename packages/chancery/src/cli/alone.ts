import { parseSnapshot, type Snapshot } from "@chancery/xds";
import type { Document, LocatedProblem } from "../documents/document.ts";
import { isObject, type Json, objectIn } from "../explain/json.ts";
import { isConfigDump, toStaticBootstrap } from "../import/config-dump.ts";
import { fromEnvoyForms } from "../import/envoy-forms.ts";

/** An Envoy that runs without a control plane, by its own file, or what a running one says at `/config_dump`. */
export interface Alone {
  /** Its node id, or the file if it has none. */
  readonly name: string;
  readonly nodeId: string;
  readonly nodeCluster: string;
  /** The file as it stands; of a running Envoy's dump, the file that says the same. */
  readonly content: unknown;
  /** What its `static_resources` are. */
  readonly snapshot: Snapshot;
}

export interface SplitDocuments {
  readonly alone: readonly Alone[];
  /** All others. */
  readonly documents: readonly Document[];
  readonly problems: readonly LocatedProblem[];
}

/** Tells the files of Envoys that run by themselves from what is for a control plane. */
export function splitAlone(documents: readonly Document[]): SplitDocuments {
  const read = documents.filter(isAlone).map(readAlone);
  return {
    alone: read.flatMap(({ alone }) => alone ?? []),
    documents: documents.filter((document) => !isAlone(document)),
    problems: read.flatMap(({ problems }) => problems),
  };
}

function isAlone({ content }: Document): boolean {
  return staticKey(content) !== undefined || isConfigDump(content);
}

/** Proto3 JSON spells a field in two ways. */
function staticKey(content: unknown): string | undefined {
  return isObject(content) ? ["static_resources", "staticResources"].find((key) => isObject(content[key])) : undefined;
}

interface ReadAlone {
  readonly alone?: Alone;
  readonly problems: readonly LocatedProblem[];
}

function readAlone(document: Document): ReadAlone {
  const { origin } = document;
  const content = isConfigDump(document.content) ? toStaticBootstrap(document.content) : document.content;
  const key = staticKey(content) ?? "";
  const bootstrap = withNames(fromEnvoyForms(bootstrapType, content), key);
  const parsed = parseSnapshot({ resources: bootstrap[key] });
  const find = parsed.ok ? undefined : document.positions();
  const problems = parsed.problems.map((problem): LocatedProblem => {
    const position = find?.(`${key}.${problem.path}`);
    return { ...problem, origin, ...(position && { position }) };
  });
  if (!parsed.ok) return { problems };
  const { id, cluster } = isObject(bootstrap.node) ? bootstrap.node : {};
  const [nodeId, nodeCluster] = [textOf(id), textOf(cluster)];
  return { alone: { name: nodeId || origin, nodeId, nodeCluster, content, snapshot: parsed.snapshot }, problems };
}

const bootstrapType = "envoy.config.bootstrap.v3.Bootstrap";

/** A listener need not have a name in an Envoy's own file; here it is called by its place. */
function withNames(bootstrap: unknown, key: string): Json {
  if (!isObject(bootstrap)) return {};
  const resources = objectIn(bootstrap, key) ?? {};
  if (!Array.isArray(resources.listeners)) return bootstrap;
  const listeners = resources.listeners.map((listener, index) =>
    isObject(listener) && textOf(listener.name) === "" ? { ...listener, name: `listeners[${index}]` } : listener,
  );
  // Still JSON, but for the compiler.
  return { ...bootstrap, [key]: { ...resources, listeners } } as Json;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
