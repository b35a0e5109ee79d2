import { parseSnapshot } from "@chancery/xds";
import type { Document, LocatedProblem } from "../documents/document.ts";
import { ChanceryError } from "../errors.ts";
import { isObject } from "../explain/json.ts";
import { type Resources, resourcesOf } from "../explain/resources.ts";
import { fileSource } from "../sources/file.ts";
import { emptyRawConfig, toRawConfig } from "../translate/raw.ts";

/** What files say, by node; those of an Envoy that runs without a control plane have no node's name. */
export interface Loaded {
  readonly nodes: readonly { readonly node: string; readonly resources: Resources }[];
  readonly problems: readonly LocatedProblem[];
}

/**
 * Reads files and folders once: raw snapshots, and Envoy's own configuration with static resources. Throws a
 * ChanceryError if a path leads to nothing.
 */
export async function loadResources(paths: readonly string[], cwd: string): Promise<Loaded> {
  const controller = new AbortController();
  for await (const { documents, problems } of fileSource({ paths, cwd, doubtMs: 0 }).watch(controller.signal)) {
    controller.abort();
    const missing = problems.find(({ code }) => code === "path-missing");
    if (missing !== undefined)
      throw new ChanceryError("file-missing", `There is no file or folder "${missing.origin}"`);
    const loaded = readDocuments(documents);
    return { ...loaded, problems: [...problems, ...loaded.problems] };
  }
  return { nodes: [], problems: [] };
}

function readDocuments(documents: readonly Document[]): Loaded {
  const statics = documents.filter(({ content }) => isObject(content) && isObject(content.static_resources));
  const raw = toRawConfig(
    documents.filter((document) => !statics.includes(document)),
    emptyRawConfig,
  );
  const nodes = [...raw.nodes].flatMap(([node, { snapshot }]) => {
    return snapshot === undefined ? [] : [{ node, resources: resourcesOf(snapshot) }];
  });
  const read = statics.map(readStatic);
  return {
    nodes: [...nodes, ...read.flatMap(({ nodes }) => nodes)],
    problems: [...raw.problems, ...read.flatMap(({ problems }) => problems)],
  };
}

/** Reads the `static_resources` of an Envoy's bootstrap. */
function readStatic({ origin, content, positions }: Document): Loaded {
  const bootstrap = isObject(content) ? content : {};
  const parsed = parseSnapshot({ resources: bootstrap.static_resources });
  const find = parsed.ok ? undefined : positions();
  const problems = parsed.problems.map((problem): LocatedProblem => {
    const position = find?.(`static_resources.${problem.path}`);
    return { ...problem, origin, ...(position && { position }) };
  });
  const { id } = isObject(bootstrap.node) ? bootstrap.node : {};
  const node = typeof id === "string" ? id : origin;
  return { nodes: parsed.ok ? [{ node, resources: resourcesOf(parsed.snapshot) }] : [], problems };
}
