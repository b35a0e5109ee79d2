import type { Document, Node, Pair, ParsedNode } from "yaml";
import { yaml } from "../lazy.ts";

/**
 * Finds the offset of a path such as `resources.clusters[2].name` in a syntax tree: of the key, or of the deepest
 * part of the path that the text has. Keys may hold dots, be quoted in brackets (`["a.b"]`) or be spelled in the
 * other of proto3 JSON's two cases.
 */
export function locate(tree: Document.Parsed, path: string): number | undefined {
  const { isAlias, isMap, isSeq } = yaml();
  let node: unknown = tree.contents;
  let offset = startOf(node) ?? tree.range[0];
  let rest = path;
  while (rest !== "") {
    const container = isAlias(node) ? node.resolve(tree) : node;
    const step = isMap<Node, Node>(container)
      ? stepIntoMap(container.items, rest)
      : isSeq(container)
        ? stepIntoSeq(container.items, rest)
        : undefined;
    // One item may stand for a list of one.
    if (step === undefined && /^\[0\]/.test(rest)) {
      rest = rest.replace(/^\[0\]\.?/, "");
      continue;
    }
    if (step === undefined) break;
    ({ node, rest } = step);
    offset = startOf(step.place) ?? offset;
  }
  return offset;
}

interface Step {
  /** What to point at: a map's key or a list's item. */
  readonly place: unknown;
  readonly node: unknown;
  readonly rest: string;
}

function stepIntoSeq(items: readonly unknown[], path: string): Step | undefined {
  const match = /^\[(\d+)\]\.?/.exec(path);
  if (match === null) return undefined;
  const item = items[Number(match[1])];
  return item === undefined ? undefined : { place: item, node: item, rest: path.slice(match[0].length) };
}

function stepIntoMap(pairs: readonly Pair<Node, Node | null>[], path: string): Step | undefined {
  const { isScalar } = yaml();
  let best: { pair: Pair<Node, Node | null>; length: number } | undefined;
  for (const pair of pairs) {
    const length = isScalar(pair.key) ? matchKey(String(pair.key.value), path) : 0;
    if (length > (best?.length ?? 0)) best = { pair, length };
  }
  if (best === undefined) return undefined;
  return { place: best.pair.key, node: best.pair.value, rest: path.slice(best.length) };
}

/** How much of the path this key takes, with the dot behind it; 0 when it is not the next one. */
function matchKey(key: string, path: string): number {
  for (const form of [key, JSON.stringify(key), `[${JSON.stringify(key)}]`, `["${key}"]`]) {
    if (path.startsWith(form) && isBoundary(path, form.length)) return withDot(path, form.length);
  }
  const [word = ""] = /^[^.[]*/.exec(path) ?? [];
  return word !== "" && fold(word) === fold(key) ? withDot(path, word.length) : 0;
}

function isBoundary(path: string, at: number): boolean {
  return at === path.length || path[at] === "." || path[at] === "[";
}

function withDot(path: string, at: number): number {
  return path[at] === "." ? at + 1 : at;
}

function fold(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function startOf(node: unknown): number | undefined {
  // Nodes that were parsed from text have a range; the tree's item types do not say so.
  return (node as ParsedNode | null | undefined)?.range?.[0];
}
