import { parseSnapshot, type Snapshot } from "@chancery/xds";
import type { Document, LocatedProblem } from "../documents/document.ts";
import { isObject } from "../explain/json.ts";

/** An Envoy that runs without a control plane, by its own file. */
export interface Alone {
  /** Its node id, or the file if it has none. */
  readonly name: string;
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
  return isObject(content) && isObject(content.static_resources);
}

interface ReadAlone {
  readonly alone?: Alone;
  readonly problems: readonly LocatedProblem[];
}

function readAlone({ origin, content, positions }: Document): ReadAlone {
  const bootstrap = isObject(content) ? content : {};
  const parsed = parseSnapshot({ resources: bootstrap.static_resources });
  const find = parsed.ok ? undefined : positions();
  const problems = parsed.problems.map((problem): LocatedProblem => {
    const position = find?.(`static_resources.${problem.path}`);
    return { ...problem, origin, ...(position && { position }) };
  });
  if (!parsed.ok) return { problems };
  const { id } = isObject(bootstrap.node) ? bootstrap.node : {};
  const name = typeof id === "string" ? id : origin;
  return { alone: { name, snapshot: parsed.snapshot }, problems };
}
