import { type Problem, parseSnapshot, type Snapshot } from "@chancery/xds";
import { type Document, formatPlace, type LocatedProblem } from "../documents/document.ts";

/** What is configured for each node by documents that hold Envoy's own resources: `{node, version, resources}`. */
export interface RawConfig {
  /** Node id → what it is to have; in the order of the documents. */
  readonly nodes: ReadonlyMap<string, RawNode>;
  readonly problems: readonly LocatedProblem[];
}

/** A node is its first document's, even while that one has no good snapshot. */
export interface RawNode {
  readonly document: Document;
  /** The last good one. */
  readonly snapshot: Snapshot | undefined;
  readonly problems: readonly LocatedProblem[];
}

export const emptyRawConfig: RawConfig = { nodes: new Map(), problems: [] };

/**
 * Reads raw documents. A document that is the same object as last time is not read again; one with errors is a
 * problem, and its node keeps its last good snapshot; of two documents for a node the first keeps it.
 */
export function toRawConfig(documents: readonly Document[], last: RawConfig): RawConfig {
  const nodes = new Map<string, RawNode>();
  const problems: LocatedProblem[] = [];
  const namelessOrigins = new Set<string>();
  for (const document of documents) {
    const { node, rest } = split(document.content);
    const first = node === undefined ? undefined : nodes.get(node);
    if (node === undefined) {
      namelessOrigins.add(document.origin);
      problems.push(toNodeProblem(document));
    } else if (first !== undefined) {
      problems.push(toDuplicateProblem(document, node, first.document));
    } else {
      nodes.set(node, toNode(document, rest, last.nodes.get(node)));
    }
  }
  for (const [node, before] of last.nodes) {
    // Nobody can tell which node a document without a name meant, so its file's earlier ones stay.
    if (!nodes.has(node) && namelessOrigins.has(before.document.origin)) nodes.set(node, { ...before, problems: [] });
  }
  for (const node of nodes.values()) problems.push(...node.problems);
  return { nodes, problems };
}

function split(content: unknown): { node: string | undefined; rest: unknown } {
  if (!isRecord(content)) return { node: undefined, rest: content };
  const { node, ...rest } = content;
  return { node: typeof node === "string" && node !== "" ? node : undefined, rest };
}

function toNode(document: Document, rest: unknown, before: RawNode | undefined): RawNode {
  if (before?.document === document) return before;
  const previous = before?.snapshot;
  const parsed = parseSnapshot(rest, previous === undefined ? {} : { previous });
  return {
    document,
    snapshot: parsed.ok ? parsed.snapshot : previous,
    problems: toLocated(document, parsed.problems),
  };
}

function toLocated(document: Document, problems: readonly Problem[]): readonly LocatedProblem[] {
  return problems.length === 0 ? [] : problems.map(locateIn(document));
}

function locateIn(document: Document): (problem: Problem) => LocatedProblem {
  const find = document.positions();
  return (problem) => {
    const position = find(toTextPath(problem.path, document.content));
    return { ...problem, origin: document.origin, ...(position && { position }) };
  };
}

/** Paths of problems begin with a type's key; in the text that stands under `resources`. */
function toTextPath(path: string, content: unknown): string {
  if (!isRecord(content) || !isRecord(content.resources)) return path;
  const isInside = Object.keys(content.resources).some((key) => path.startsWith(key));
  return isInside ? `resources.${path}` : path;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isOfEnvoy({ content }: Document): boolean {
  return isRecord(content) && ["static_resources", "staticResources"].some((key) => key in content);
}

function toNodeProblem(document: Document): LocatedProblem {
  return locateIn(document)({
    path: "node",
    message: "the id of the Envoy node that this is for is missing, or is not text",
    hint: isOfEnvoy(document)
      ? "if this is an Envoy's own file, chancery import makes a model of it"
      : `begin the document with "node: <node id>"`,
    severity: "error",
    code: "node-missing",
  });
}

function toDuplicateProblem(document: Document, node: string, first: Document): LocatedProblem {
  const place = formatPlace(first.origin, first.positions()("node"));
  return locateIn(document)({
    path: "node",
    message: `node "${node}" has a snapshot in ${place} already, which keeps it`,
    hint: "put all resources of a node into one document",
    severity: "error",
    code: "node-duplicate",
  });
}
